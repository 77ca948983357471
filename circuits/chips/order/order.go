// Package order is a taker's order from its word to its rest: it takes the word, begins and ends the sweep, settles
// what was traded, and rests what remains.
//
// What a liar may choose, and what binds it:
//   - a single order: all fields lie in the signed word, each range-checked to its width, so there is one way to read
//     it; a sheet's item: account, market, open and epoch (second column), the item's bits and expiry lie in the ITEM
//     tuple, and the same ranges leave one way to read them; its lane is not touched. Which of the two is a bit; a
//     live slot takes exactly one of the tuples, at its own tick, which it uses up. `order: sheet still current` is
//     the second column: the epoch after the sheet's head has to be the position's as it is now;
//   - open, sweep and fees: the market's row of the table, which is put for markets 0 to 7 only;
//   - remaining, cost, head and end step: the SWEEP tuple that ends the walk which began here (package sweep);
//   - sentinel, head, cash and position: what memory holds. `order: the sweep begins at the head` is the sentinel's
//     row, whose next moves from the head before to the head after; of its columns only the time of the access before
//     is read;
//   - whether the walk may stop: filled, empty and crossing are exact bits; a taker that still wants and still
//     crosses must have met the sweep limit. As no step begins beyond the limit, each state has one end;
//   - rests: the product of three exact bits and live, not a permission;
//   - the fee: bounded through the cash it is taken from, hence exactly the rounded-up one, and times live in the
//     sum;
//   - slot and predecessor of the rest: see package link. Which free slot is the sequencer's choice;
//   - the client of an item, and everything in a dead slot.
//
// Aliases: the other side's rows and the own side's differ in the address; the taker's own cash and position are not
// touched by the fills of its walk, and by evictions of its own orders at earlier steps only.
//
// Margin is not looked at here, but at the end of the batch (package margin).
package order

import (
	"novate/circuits/chips/link"
	"novate/circuits/chips/sweep"
	"novate/circuits/chips/terms"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// flags are the order's booleans.
type flags struct{ live, single, immediate, reduceOnly kernel.Bit }

// Constrain places the order where the slot is live.
func Constrain(k *kernel.Kernel, s layout.OrderSlot) {
	k.Chip("order")
	f := bits(k, s)
	source(k, s, f)
	fields(k, s, f)
	buys := k.API.Sub(1, k.API.Mul(s.Side, 2)) // 1, or -1 if it sells
	wanted := trim(k, s, f, buys)
	first := walk(k, s, f, wanted)
	rests := stop(k, s, f, buys)
	force(k, s, first, rests)
	settle(k, s, f, buys, wanted, rests)
}

func bits(k *kernel.Kernel, s layout.OrderSlot) flags {
	k.Boolean("order: side is a bit", s.Side)
	k.Boolean("order: immediate-or-cancel is a bit", s.Ioc)
	k.Boolean("order: fill-or-kill is a bit", s.Fok)
	k.Boolean("order: post-only is a bit", s.PostOnly)
	return flags{
		live:       k.Boolean("order: live is a bit", s.Live),
		single:     k.Boolean("order: single is a bit", s.Single),
		immediate:  k.Boolean("order: not both immediate-or-cancel and fill-or-kill", k.API.Add(s.Ioc, s.Fok)),
		reduceOnly: k.Boolean("order: reduce-only is a bit", s.ReduceOnly),
	}
}

// source takes the word of a single order or the item of a sheet, and the tick.
func source(k *kernel.Kernel, s layout.OrderSlot, f flags) {
	inForce := k.API.Add(s.Ioc, k.API.Mul(s.Fok, layout.Fok))
	single, item := k.Split(f.live, f.single)
	k.Authorised(
		kernel.Authority{Account: s.Account, Lane: s.Lane, Counter: s.Counter, Row: s.LaneRow}, layout.KindPlace,
		k.Pack(layout.BodyPlace, s.Market, s.Side, inForce, s.PostOnly, s.ReduceOnly, s.Price, s.Size, s.Expiry,
			s.Client), s.Tick, single)
	packed := k.Pack(layout.PlaceItem, s.Side, inForce, s.PostOnly, s.ReduceOnly, s.Price, s.Size)
	k.Take(kernel.TagItem, k.ItemKey(s.Tick, 0),
		kernel.NewRow(s.Account, k.SheetColumn(s.Market, s.Open, s.Position.Epoch), packed, s.Expiry), item)
	k.Tick(s.Tick, f.live)
}

// fields states the widths that make word and item unique, and what an order has to satisfy by itself. The market needs
// no range: the table has eight. That the size is not 0 follows from what is wanted, which is no more (trim). 2^48 has
// to be barred: in a word it is size 0 and an expiry one second later.
func fields(k *kernel.Kernel, s layout.OrderSlot, f flags) {
	k.NonZero("order: not the fee account", s.Account, f.live)
	k.NotExpired("word: not expired", s.Expiry)
	terms.Price(k, "order", s.Price, f.live)
	k.Range("order: size fits", s.Size, 4)
	k.Range("order: client fits", s.Client, 2)
	k.Tables.Market.Ask(s.Market, kernel.NewRow(s.Open, s.Sweep, s.TakerFee, s.MakerFee), f.live)
	k.Product("place: market takes it", k.API.Sub(1, s.Open), k.Not(f.reduceOnly).Value(), 0)
}

// trim is how much the order wants: its size, or if it is reduce-only at most the position. In a market that is not
// open every order is reduce-only (`place: market takes it`).
func trim(k *kernel.Kernel, s layout.OrderSlot, f flags, buys kernel.Variable) kernel.Variable {
	api := k.API
	beyond := k.Excess("trim: to the position", api.Add(s.Size, api.Mul(buys, s.Position.Size)), 5)
	wanted := api.Sub(s.Size, api.Mul(s.ReduceOnly, beyond))
	k.Range("place: something is wanted", api.Sub(wanted, f.live.Value()), 4)
	return wanted
}

// walk puts the tuple that begins the sweep, at the step that it returns, and takes the one that ends it; the other
// side's sentinel then points to where it ended.
func walk(k *kernel.Kernel, s layout.OrderSlot, f flags, wanted kernel.Variable) (first kernel.Variable) {
	api := k.API
	row := sweep.Taker{Market: s.Market, Side: s.Side, Account: s.Account, Price: s.Price,
		MakerFee: s.MakerFee, Open: s.Open}.Row()
	first = api.Sub(layout.SweepEnd, s.Sweep)
	k.Put(kernel.TagSweep, api.Add(k.At(s.Tick, 0), first),
		sweep.Tuple(row, sweep.State{Remaining: wanted, Cost: 0, Head: s.HeadBefore, Step: first}), f.live)
	k.Take(kernel.TagSweep, api.Add(k.At(s.Tick, 0), s.EndStep),
		sweep.Tuple(row, sweep.State{Remaining: s.Remaining, Cost: s.Cost, Head: s.HeadAfter, Step: s.EndStep}), f.live)

	side := api.Sub(1, s.Side)
	sentinel := link.Sentinel(k, side, s.HeadBefore)
	k.Access(layout.TagOrder, k.OrderAddress(k.Book(s.Market, side), 0), s.Sentinel.Previous, sentinel,
		sentinel.With(3, 1, s.HeadAfter), k.At(s.Tick, layout.LastStep), f.live)
	return first
}

// stop states that the walk had to end: nothing is left to fill, or no order is left that crosses, or there is one and
// the sweep limit is met. It returns the bit of the second with something left, an order good till cancelled, and live:
// such a remainder rests.
func stop(k *kernel.Kernel, s layout.OrderSlot, f flags, buys kernel.Variable) kernel.Bit {
	api := k.API
	present := k.Not(k.IsZero(s.HeadAfter))
	book := k.Book(s.Market, api.Sub(1, s.Side))
	k.Read(layout.TagOrder, k.OrderAddress(book, s.HeadAfter), s.Head.Previous, kernel.Order(s.Head.OrderRow),
		k.At(s.Tick, layout.LastStep), k.And(f.live, present))
	crosses := k.NotNegative("stop: exactly whether the head crosses",
		api.Mul(buys, api.Sub(s.Price, s.Head.Price)), 3)
	unfilled := k.Not(k.IsZero(s.Remaining))
	halted, calm := k.Split(unfilled, k.And(present, crosses))
	k.Range("stop: a taker that wants more met the sweep limit",
		api.Mul(halted.Value(), api.Sub(s.EndStep, layout.SweepEnd)), 1)
	return k.And(k.And(calm, k.Not(f.immediate)), f.live)
}

// force states what time in force and post-only ask of the end. Steps taken and 1 - rests are both at least 0, so their
// sum is 0 only if both are.
func force(k *kernel.Kernel, s layout.OrderSlot, first kernel.Variable, rests kernel.Bit) {
	k.Product("tif: fill or kill", s.Fok, s.Remaining, 0)
	k.Product("tif: post only", s.PostOnly, k.API.Add(k.API.Sub(s.EndStep, first), k.Not(rests).Value()), 0)
}

// settle moves the taker's cash and position, and rests what remains.
func settle(k *kernel.Kernel, s layout.OrderSlot, f flags, buys, wanted kernel.Variable, rests kernel.Bit) {
	api := k.API
	time := k.At(s.Tick, layout.LastStep)
	sweep.RoundedUp(k, "fee: taker, rounded up", s.Fee, s.Cost, s.TakerFee)
	k.Fee(s.Fee, f.live)
	k.CashMoves("order: within the width of cash", s.Account, s.Cash,
		api.Sub(api.Neg(api.Mul(buys, s.Cost)), s.Fee), time, f.live)

	rested := api.Mul(rests.Value(), s.Remaining)
	moved := api.Mul(buys, api.Sub(wanted, s.Remaining))
	after := terms.Position(k, s.Position.PositionRow, s.Side, moved, rested, rests.Value())
	before := kernel.Position(s.Position.PositionRow)
	k.Access(layout.TagPosition, k.PositionAddress(s.Account, s.Market), s.Position.Previous, before,
		before.With(1, after.Buy, after.Sell).With(2, after.Size, after.Count), time, f.live)

	link.Rest(k, link.Place{Slot: s.Slot, PredecessorSlot: s.PredecessorSlot, Record: s.Record,
		Predecessor: s.Predecessor, Successor: s.Successor},
		k.Book(s.Market, s.Side), s.Side, time, rests, layout.OrderRow{
			Owner: s.Account, Epoch: s.Position.Epoch, Index: s.Position.Count, Price: s.Price, Expiry: s.Expiry,
			ReduceOnly: s.ReduceOnly, Remaining: s.Remaining,
		})
}
