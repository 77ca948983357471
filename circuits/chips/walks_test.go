package chips_test

import (
	"math/big"
	"testing"

	"novate/circuits/chips/chiptest"
	"novate/circuits/layout"
)

const (
	asks = 2*traded + 1
	bids = 2 * traded
)

// genesis is a market with no orders, and accounts 1 to 9 with cash.
func genesis(lies ...string) *engine {
	e := newEngine(lies...)
	for market := int64(0); market < 2*layout.Markets; market += 2 {
		e.set(layout.TagOrder, market<<layout.SlotBits, 0, 0, 0, layout.SentinelPrice[0], layout.Never, 0, 1, 0)
		e.set(layout.TagOrder, (market+1)<<layout.SlotBits, 0, 0, 0, layout.SentinelPrice[1], layout.Never, 0, 1, 0)
	}
	for account := int64(0); account < 10; account++ {
		e.set(layout.TagCash, account, 1_000_000)
		e.set(layout.TagLane, layout.Lanes*account+3, 7, 5)
		for m := int64(0); m < layout.Markets; m++ {
			e.set(layout.TagPosition, account<<layout.MarketBits+m)
		}
	}
	return e
}

// order puts a record of the traded market at the end of its book, as a page loads it.
func (e *engine) loadOrder(side, slot, owner, epoch, index, price, expiry, reduce, left int64) {
	book := int64(bids) + side
	last := int64(0)
	for e.resting(book, last)[oNext] != 0 {
		last = e.resting(book, last)[oNext]
	}
	before := e.resting(book, last)
	before[oNext] = slot
	e.set(layout.TagOrder, book<<layout.SlotBits+last, before...)
	e.set(layout.TagOrder, book<<layout.SlotBits+slot, owner, epoch, index, price, expiry, reduce, left, 0)
	if p := e.held(owner, traded); p[pEpoch] == epoch {
		p[pBuy+side] += left
		p[pCount] = max(p[pCount], index+1)
		e.set(layout.TagPosition, owner<<layout.MarketBits+traded, p...)
	}
}

func (e *engine) loadPosition(account, epoch, size int64) {
	p := e.held(account, traded)
	p[pEpoch], p[pSize] = epoch, size
	e.set(layout.TagPosition, account<<layout.MarketBits+traded, p...)
}

// walkA is the first walk of the specification: buy 10 at 101 against 4 at 100, 3 at 100 that are expired and 2 at 101,
// with 103 behind; the remaining 4 rest.
func walkA(lies ...string) *engine {
	e := genesis(lies...)
	e.loadPosition(1, 3, 0)
	e.loadPosition(3, 0, -7)
	e.loadPosition(4, 0, 1)
	e.loadOrder(1, 1, 1, 3, 0, 100, layout.Never, 0, 4)
	e.loadOrder(1, 2, 2, 0, 0, 100, clock-1, 0, 3)
	e.loadOrder(1, 3, 3, 0, 0, 101, layout.Never, 0, 2)
	e.loadOrder(1, 4, 1, 3, 1, 103, layout.Never, 0, 5)
	e.loadOrder(0, 5, 2, 0, 1, 99, layout.Never, 0, 1)
	e.place(ticket{tick: 7, account: 4, market: traded, side: 0, price: 101, size: 10})
	return e
}

func honest(t *testing.T, name string, d func() desk) {
	t.Run(name, func(t *testing.T) {
		chiptest.Twins(t, define, d, nil)
	})
}

func TestHonestWitnesses(t *testing.T) {
	honest(t, "walk A: fill, evict, fill, rest", func() desk { return walkA().finish() })
	honest(t, "sheet, items and cancels", func() desk { return sheetDay().finish() })
	honest(t, "orders of every kind", func() desk { return takers().finish() })
	honest(t, "evictions for margin", func() desk { return poorMakers().finish() })
	honest(t, "cancels, collections, burns", func() desk { return housekeeping().finish() })
}

// sheetDay replaces the six orders of a maker, one of which is another's best; a quote, an order and a cancel out of
// the sheet, and one item burned.
func sheetDay(lies ...string) *engine {
	e := genesis(lies...)
	e.loadPosition(1, 5, 20)
	e.loadOrder(0, 1, 1, 5, 0, 100, layout.Never, 0, 2)
	e.loadOrder(0, 2, 1, 5, 1, 99, layout.Never, 0, 3)
	e.loadOrder(1, 1, 2, 0, 0, 104, layout.Never, 0, 5)
	e.loadOrder(1, 2, 1, 5, 2, 105, layout.Never, 0, 6)
	items := []item{
		placeItem(ticket{side: 0, post: 1, price: 101, size: 7}),
		placeItem(ticket{side: 1, post: 1, price: 103, size: 8}),
		placeItem(ticket{side: 0, ioc: 1, price: 104, size: 1}),
		placeItem(ticket{side: 0, post: 1, price: 110, size: 9}),
		placeItem(ticket{side: 1, reduce: 1, price: 106, size: 50}),
		cancelItem(1, 2, 6, 2),
		cancelItem(0, 1, 5, 0),
	}
	e.sheet(20, 1, traded, 1, 23, items...)
	e.collect(21, traded, 0, 1, "void")
	e.collect(22, traded, 1, 2, "void")
	e.quote(ticket{tick: 23, account: 1, market: traded, side: 0, price: 101, size: 7})
	e.quote(ticket{tick: 24, account: 1, market: traded, side: 1, price: 103, size: 8})
	e.place(ticket{tick: 25, account: 1, market: traded, side: 0, ioc: 1, price: 104, size: 1, item: true})
	e.burnItem(26, 1, traded, 6, items[3])
	e.place(ticket{tick: 27, account: 1, market: traded, side: 1, reduce: 1, price: 106, size: 50, item: true})
	e.cancel(28, 1, traded, named{1, 2, 6, 2}, true, 6)
	e.cancel(29, 1, traded, named{0, 1, 5, 0}, true, 6)
	return e
}

// takers are orders of every kind: immediate, killed or not, post-only, reduce-only, in a market that is not open, into
// own orders and into an empty book, selling and buying.
func takers(lies ...string) *engine {
	e := genesis(lies...)
	e.loadPosition(1, 0, 9)
	e.loadPosition(2, 0, -3)
	e.loadPosition(3, 0, 30)
	e.loadOrder(0, 1, 1, 0, 0, 100, layout.Never, 0, 5)
	e.loadOrder(0, 2, 2, 0, 0, 100, layout.Never, 1, 5) // buys back 3 of its 5
	e.loadOrder(0, 3, 3, 0, 0, 100, layout.Never, 1, 5) // is long: nothing to reduce by buying
	e.loadOrder(0, 4, 2, 0, 1, 98, layout.Never, 0, 50)
	e.loadOrder(1, 1, 3, 0, 1, 102, layout.Never, 0, 5)
	place := func(o ticket) {
		o.market = traded
		e.place(o)
	}
	place(ticket{tick: 1, account: 4, side: 1, price: 100, size: 12, ioc: 1})        // 5 and 3, then the powerless is evicted
	place(ticket{tick: 2, account: 5, side: 1, price: 98, size: 20, fok: 1})         // partly fills the record at 98
	place(ticket{tick: 3, account: 6, side: 1, price: 101, size: 2, post: 1})        // a new best ask
	place(ticket{tick: 4, account: 3, side: 1, price: 97, size: 100, reduce: 1})     // 30, not 100
	place(ticket{tick: 5, account: 6, side: 0, price: 101, size: 3})                 // meets its own ask, rests
	place(ticket{tick: 6, account: 7, side: 0, price: 110, size: 5, expiry: clock})  // expires this very second
	place(ticket{tick: 7, account: 8, side: 0, price: 1, size: 1})                   // behind all others
	place(ticket{tick: 8, account: 8, side: 1, price: 1<<36 - 2, size: 1 << 40 / 8}) // as dear as can be
	e.set(layout.TagPosition, 9<<layout.MarketBits+shut, 0, 0, 0, 0, 4, 0)
	e.place(ticket{tick: 9, account: 9, market: shut, side: 1, price: 50, size: 9, reduce: 1}) // rests 4 in an empty book
	return e
}

// poorMakers are evicted for margin, each for another reason, by a taker who buys all.
func poorMakers(lies ...string) *engine {
	e := genesis(lies...)
	poor := func(account, cash, size int64) {
		e.set(layout.TagCash, account, cash)
		e.loadPosition(account, 0, size)
	}
	poor(1, 30, 0)       // whole, but the fill is at a bad price
	poor(2, 980, -10)    // short, and its position would grow
	poor(3, -9_996, 100) // high: equity 4 of a requirement of 500 is below a sixteenth: low
	poor(4, -9_900, 100) // high, and it sells below the mark
	poor(5, -9_968, 100) // high, barely, and would sink below
	e.loadOrder(1, 1, 1, 0, 0, 60, layout.Never, 0, 5)
	e.loadOrder(1, 2, 2, 0, 0, 90, layout.Never, 0, 5)
	e.loadOrder(1, 3, 3, 0, 0, 95, layout.Never, 0, 10)
	e.loadOrder(1, 4, 4, 0, 0, 96, layout.Never, 0, 10)
	e.loadOrder(1, 5, 5, 0, 0, 97, layout.Never, 0, 10)
	e.loadOrder(1, 6, 6, 0, 0, 98, layout.Never, 0, 10)
	e.place(ticket{tick: 3, account: 9, market: traded, side: 0, price: 98, size: 20, ioc: 1})
	e.place(ticket{tick: 4, account: 9, market: traded, side: 0, price: 98, size: 20, ioc: 1})
	return e
}

// housekeeping cancels, hits and misses, voids all, collects for each reason and burns words of each kind.
func housekeeping(lies ...string) *engine {
	e := genesis(lies...)
	e.loadPosition(1, 4, 3)
	e.loadOrder(0, 1, 1, 4, 0, 100, layout.Never, 0, 5)
	e.loadOrder(0, 2, 1, 4, 1, 99, clock-5, 0, 6)
	e.loadOrder(0, 3, 1, 4, 2, 98, layout.Never, 1, 7) // long: nothing to reduce
	e.loadOrder(0, 4, 1, 4, 3, 97, layout.Never, 0, 8)
	e.loadOrder(1, 1, 1, 4, 4, 105, layout.Never, 0, 9)
	e.loadOrder(1, 2, 2, 0, 0, 106, layout.Never, 0, 9)
	e.loadOrder(1, 3, 3, 7, 0, 107, layout.Never, 0, 9) // void
	e.cancel(1, 1, traded, named{1, 1, 4, 4}, false, 0)
	e.cancel(2, 1, traded, named{1, 2, 0, 0}, false, 0) // another's
	e.collect(3, traded, 0, 2, "expired")
	e.collect(4, traded, 0, 3, "reduce")
	e.cancelAll(5, 1, traded)
	e.cancel(6, 1, traded, named{0, 4, 4, 3}, false, 0) // void by now
	e.collect(7, traded, 0, 1, "void")
	e.collect(8, traded, 1, 3, "void")
	e.burn(9, 2, layout.KindPlace, new(big.Int).Lsh(big.NewInt(1), 160))
	e.burn(10, 2, layout.KindTransfer, big.NewInt(5))
	e.burn(11, 2, layout.KindWithdraw, big.NewInt(0))
	return e
}
