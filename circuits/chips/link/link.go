// Package link keeps the lists of resting orders: rest puts a record in, Bypass and Remove take one out, Lower takes it
// off its owner's open total.
//
// A book is a list in memory from its sentinel (slot 0), sorted by rank (lower is better: asks by price, bids by
// 2^36 - 1 - price), equal ranks by time. Three things hold at any time, and each function keeps them: every record in
// the list has remaining > 0 (the sentinel 1); every record that is not all zeros is in its book's list, once; next = 0
// ends it. So a zero record points nowhere, and what points to a slot other than 0 is in the list, as is that slot.
//
// What a liar may choose, and what binds it: slots are range-checked to 24 bits wherever an address is formed of them
// and do not come out of memory, so no address reaches into another book; rows are what memory holds at that address,
// since every access is an own tuple; the one row that a slot does not read, that of the free slot, is the constant
// zero. Nothing depends on the rest of a slot that is not live or does not rest: all accesses are times `on`.
package link

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Variable is a wire, a linear expression of wires, or a constant.
type Variable = kernel.Variable

const rowPairs = 4 // of an ORDER row

// Place is where an order comes to rest: its slot, which was free, and its neighbours in the list. Of Record only the
// time of the access before is used.
type Place struct {
	Slot, PredecessorSlot          Variable
	Record, Predecessor, Successor layout.OrderAccess
}

// Rest links a record in where on is 1: behind a live predecessor that is not worse and before a successor that is
// strictly worse, so last among its equals. record.Next is not read: it is the predecessor's. 43 constraints.
//
// Aliases: predecessor and slot differ, as one is live and the other zero; successor and predecessor differ, as one is
// strictly worse than the other is; successor and slot differ, as a zero record is in no list. An empty list has the
// sentinel for a predecessor and no successor: whether there is one is the exact bit of predecessor.next.
func Rest(k *kernel.Kernel, p Place, book, side, time Variable, on kernel.Bit, record layout.OrderRow) {
	api := k.API
	k.Range("rest: slot fits", p.Slot, 2)
	k.Range("rest: slot fits", p.PredecessorSlot, 2)
	record.Next = p.Predecessor.Next
	k.Access(layout.TagOrder, k.OrderAddress(book, p.Slot), p.Record.Previous,
		kernel.Zeros(rowPairs), kernel.Order(record), time, on)

	k.NonZero("rest: predecessor is live", p.Predecessor.Remaining, on)
	upward := api.Mul(on.Value(), api.Sub(api.Mul(side, 2), 1)) // the sign of rank against price, 0 where on is 0
	k.Range("rest: predecessor not worse", api.Mul(upward, api.Sub(record.Price, p.Predecessor.Price)), 3)
	relink(k, book, p.PredecessorSlot, p.Predecessor, p.Slot, time, on)

	last := k.IsZero(p.Predecessor.Next)
	_, followed := k.Split(on, last)
	k.Read(layout.TagOrder, k.OrderAddress(book, p.Predecessor.Next), p.Successor.Previous,
		kernel.Order(p.Successor.OrderRow), time, followed)
	away := api.Sub(upward, api.Mul(upward, last.Value()))
	k.Range("rest: successor strictly worse",
		api.Sub(api.Mul(away, api.Sub(p.Successor.Price, record.Price)), followed.Value()), 3)
}

// Sentinel is the start of a side's book with its first order in next: (0, 0) (0, price) (never, 0) (1, next), the
// price that of rank 0. Nothing but next ever changes: no chip removes account 0's record or the one in slot 0. So
// constants stand for its row, which only the books of listed markets hold.
func Sentinel(k *kernel.Kernel, side, next Variable) kernel.Row {
	buys, sells := layout.SentinelPrice[0], layout.SentinelPrice[1]
	price := k.API.Add(buys, k.API.Mul(side, sells-buys))
	return kernel.NewRow(0, 0, 0, price, layout.Never, 0, 1, next)
}

// Bypass makes the predecessor of a slot point past it where on is 1. slot is not 0: the caller shows it. 12
// constraints.
//
// The predecessor is in the list as it points to a slot other than 0. It is not the slot itself: Rest makes no loop.
func Bypass(k *kernel.Kernel, book, slot, next, predecessorSlot Variable, predecessor layout.OrderAccess,
	time Variable, on kernel.Bit) {
	k.Range("unlink: slot fits", predecessorSlot, 2)
	k.Product("unlink: predecessor points here", on.Value(), k.API.Sub(predecessor.Next, slot), 0)
	relink(k, book, predecessorSlot, predecessor, next, time, on)
}

// relink changes next of a record, and nothing else of it.
func relink(k *kernel.Kernel, book, slot Variable, a layout.OrderAccess, next, time Variable, on kernel.Bit) {
	before := kernel.Order(a.OrderRow)
	k.Access(layout.TagOrder, k.OrderAddress(book, slot), a.Previous, before,
		before.With(rowPairs-1, a.Remaining, next), time, on)
}

// Remove makes a record all zeros where on is 1.
func Remove(k *kernel.Kernel, book, slot Variable, a layout.OrderAccess, time Variable, on kernel.Bit) {
	k.Access(layout.TagOrder, k.OrderAddress(book, slot), a.Previous, kernel.Order(a.OrderRow),
		kernel.Zeros(rowPairs), time, on)
}

// Current is the exact bit of a record that is not void: its epoch is the one of its owner's row.
func Current(k *kernel.Kernel, record layout.OrderRow, position layout.PositionRow) kernel.Bit {
	return k.IsZero(k.API.Sub(record.Epoch, position.Epoch))
}

// Lower takes an amount off an owner's open total on a side; owner and market are checked where they come from.
//
// The total that changes is checked against its width, so an amount taken twice shows; the other is as it was.
func Lower(k *kernel.Kernel, owner, market, side Variable, a layout.PositionAccess, amount, time Variable,
	on kernel.Bit) {
	api := k.API
	before := kernel.Position(a.PositionRow)
	sold := api.Mul(side, amount)
	k.Access(layout.TagPosition, k.PositionAddress(owner, market), a.Previous, before,
		before.With(1, api.Sub(a.Buy, api.Sub(amount, sold)), api.Sub(a.Sell, sold)), time, on)
	k.Range("unlink: totals", api.Sub(api.Add(a.Buy, api.Mul(side, api.Sub(a.Sell, a.Buy))), amount), 4)
}

// Excuse is why an order may be removed that is not void.
type Excuse struct {
	Expired Variable
	Reduce  Variable   // it has nothing to reduce
	Other   kernel.Bit // a reason that the caller checks
}

// Excused states where live is 1 that a record is void (current is 0) or has an excuse; chip is the prefix of its
// rules. only is 1 where the record may only reduce a position, and reducible is then as much as it could, in lots. 9
// constraints.
//
// Given exact bits current and only. Checked: expired is a bit; expired + reduce + other = current; reduce = 0 unless
// only; expired*(clock - expiry - 1) - reduce*reducible is not negative. Sound: with current = 1, either one of the
// three is 1 and the others 0, and the range proves the first two of them, as the caller does the third; or other =
// 1, reduce = -1 and expired = 1, and the caller's reason is true. With current = 0 the record is void whatever is
// claimed. One range of four limbs serves two excuses, as clock - expiry - 1 lies within 2^36 of zero.
func Excused(k *kernel.Kernel, chip string, e Excuse, current, live kernel.Bit, expiry, only, reducible Variable) {
	api := k.API
	expired := k.Boolean(chip+": expired is a bit", e.Expired)
	k.Product(chip+": void, or one reason", live.Value(),
		api.Sub(current.Value(), expired.Value(), e.Reduce, e.Other.Value()), 0)
	k.Product(chip+": reduce-only, if there is nothing to reduce", e.Reduce, api.Sub(1, only), 0)
	k.Range(chip+": expired, or nothing to reduce",
		api.Sub(api.Mul(expired.Value(), api.Sub(k.Clock, expiry, 1)), api.Mul(e.Reduce, reducible)), 4)
}
