package kernel

import (
	"math/big"

	"novate/circuits/layout"
)

// Memory is offline-checked (Blum et al.): an access takes the tuple (address, time before; row before) and puts
// (address, time now; row after) with time before < time now. Pages put the first tuples at time 0 and take the last.
//
// Sound because: (1) every put and take is an own tuple, so at any time one tuple per address is live: pages load an
// address once (the tree opens a page once), and each access takes one and puts one; (2) times strictly rise along the
// chain of an address, which is therefore the serial order; (3) address and time share the key, address * 2^64 + time:
// every part of an address is range-checked to its exact width where it is formed and every time is below 2^24 (a tick,
// a SWEEP key or a Range of two limbs), so no two (address, time) share a key. A time before is not checked by itself: it
// lies within 2^24 of the time now, and nothing was ever put at one below zero. What is read needs no range check: it
// equals what was loaded or written, and those were checked.

// Row builders, in the column order of the layout.

// Identity is (key, owner) (version, 0).
func Identity(r layout.IdentityRow) Row { return NewRow(r.Columns()...) }

// Cash is (cash, 0).
func Cash(r layout.CashRow) Row { return NewRow(r.Columns()...) }

// Lane is (counter, version).
func Lane(r layout.LaneRow) Row { return NewRow(r.Columns()...) }

// Position is (epoch, funding) (buy, sell) (size, count).
func Position(r layout.PositionRow) Row { return NewRow(r.Columns()...) }

// Order is (owner, epoch) (index, price) (expiry, reduce only) (remaining, next).
func Order(r layout.OrderRow) Row { return NewRow(r.Columns()...) }

// Key is address * 2^64 + time.
func (k *Kernel) Key(address, time Variable) Variable { return k.API.Add(k.Shift(address, 64), time) }

// Access reads and writes a row where on is 1: 4 constraints and one for every pair not shared.
func (k *Kernel) Access(tag int, address, previous Variable, before, after Row, time Variable, on Bit) {
	k.Take(tag, k.Key(address, previous), before, on)
	k.Put(tag, k.Key(address, time), after, on)
	k.Rises(previous, time)
}

// Read is an access that changes nothing.
func (k *Kernel) Read(tag int, address, previous Variable, row Row, time Variable, on Bit) {
	k.Access(tag, address, previous, row, row, time, on)
}

// Rises states that an access comes after the one before it; times are below 2^24.
func (k *Kernel) Rises(previous, time Variable) {
	k.Range("memory: time rises", k.API.Sub(time, previous, 1), 2)
}

// CashMoves changes an account's cash by delta, and keeps it within its width.
func (k *Kernel) CashMoves(rule string, account Variable, a layout.CashAccess, delta, time Variable, on Bit) {
	after := k.API.Add(a.Cash, delta)
	k.Access(layout.TagCash, account, a.Previous, Cash(a.CashRow), NewRow(after), time, on)
	k.Range(rule, k.API.Add(after, Power(layout.CashBits-1)), 5)
}

// LaneAddress is 8 account + lane.
func (k *Kernel) LaneAddress(account, lane Variable) Variable {
	return k.API.Add(k.API.Mul(account, layout.Lanes), lane)
}

// PositionAddress is 2^12 account + market.
func (k *Kernel) PositionAddress(account, market Variable) Variable {
	return k.API.Add(k.Shift(account, layout.MarketBits), market)
}

// OrderAddress is 2^24 book + slot.
func (k *Kernel) OrderAddress(book, slot Variable) Variable {
	return k.API.Add(k.Shift(book, layout.SlotBits), slot)
}

// Book is 2 market + side.
func (k *Kernel) Book(market, side Variable) Variable { return k.API.Add(k.API.Mul(market, 2), side) }

// Tick uses up a tick of the batch. Ticks put TIME(1..n), each at most once, so no two operations share a block of
// steps and each is below 2^16.
func (k *Kernel) Tick(tick Variable, live Bit) { k.Take(TagTime, tick, nil, live) }

// Ticks puts the ticks 1..len(used).
func (k *Kernel) Ticks(used []Variable) {
	for i, u := range used {
		k.Put(TagTime, big.NewInt(int64(i+1)), nil, k.Boolean("time: a tick is used once", u))
	}
}

// Market states that m is a market of this release, 0..7: one limb is 0..4095, and 512 m is one too only below 8.
func (k *Kernel) Market(rule string, m Variable) {
	k.Range(rule, m, 1)
	k.Range(rule, k.API.Mul(m, 512), 1)
}
