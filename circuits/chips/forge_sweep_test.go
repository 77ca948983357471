package chips_test

import (
	"math/big"

	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// maker is an ask of account 2 that has something the matter with it, and a good one of account 3 for the totals.
func maker(epoch, expiry, reduce, size int64) deed {
	return func(e *engine) {
		e.loadPosition(2, 0, size)
		e.loadOrder(1, 1, 2, epoch, 0, 100, expiry, reduce, 10)
		e.loadOrder(1, 2, 2, 0, 1, 900, layout.Never, 0, 40) // keeps the totals up
	}
}

// buys is an order of account 1 for 4 at 100, immediate-or-cancel.
var buys = take(ticket{price: 100, size: 4, ioc: 1})

func fillForgeries() []forgery {
	half := kernel.Power(layout.SizeBits - 1).Int64()
	return []forgery{
		{"step: within budget", "a step more than the market allows", does(func(e *engine) {
			for i := int64(1); i <= budget+1; i++ {
				e.loadOrder(1, i, 2, 0, i, 100, layout.Never, 0, 1)
			}
			take(ticket{price: 100, size: budget + 1})(e)
		}, "beyond the limit"), nil},
		{"match: prices cross", "above the taker's limit", does(asksAt(101).then(buys), "meets what does not cross"), nil},
		{"match: maker is not void", "filled", does(maker(7, layout.Never, 0, 0).then(buys), "fills void"), nil},
		{"match: maker is not expired", "filled", does(maker(0, clock-1, 0, 0).then(buys), "fills expired"), nil},
		{"match: not the taker's own", "filled", does(func(e *engine) {
			e.loadOrder(1, 1, 1, 0, 0, 100, layout.Never, 0, 10)
			buys(e)
		}, "fills own"), nil},
		{"match: as much as possible", "more than there is", does(maker(0, layout.Never, 0, 0).then(
			take(ticket{price: 100, size: 14, ioc: 1})), "fills more"), lie("sign: match: as much as possible#0", 0)},
		{"match: as much as possible", "a maker beyond its position", does(maker(0, layout.Never, 1, 3).then(buys), "maker beyond its position"),
			lie("sign: match: as much as possible#1", 0)},
		{"match: quantity at least one", "nothing, until the sweep ends", does(maker(0, layout.Never, 1, 0).then(buys), "fills reduce"), nil},
		{"fill: within the width of a size", "sells below it", does(maker(0, layout.Never, 0, -half).then(buys), "fills margin"), nil},
		{"fill: within the open total", "more than the maker had open", does(asksAt(100).then(func(e *engine) {
			e.set(layout.TagPosition, 2<<layout.MarketBits+traded, 0, 0, 0, 3, 0, 1)
		}).then(buys)), nil},
		{"fee: maker, rounded up", "rounded down", does(asksAt(100).then(buys), "maker fee rounded down"), nil},
		{"fill: within the width of cash", "more than cash can hold", does(rich(2).then(asksAt(100)).then(buys)), nil},
	}
}

func evictForgeries() []forgery {
	onEvict := func(change func(s *layout.EvictSlot)) func() desk {
		return dead(func(d *desk) { change(&d.Evicts[0]) })
	}
	return []forgery{
		{"evict: live is a bit", "two of it, less one", but(does(maker(0, clock-1, 0, 0).then(buys)),
			twice(func(d *desk) *[]layout.EvictSlot { return &d.Evicts }, func(s *layout.EvictSlot) *kernel.Variable { return &s.Live })), nil},
		{"evict: own is a bit", "2", onEvict(func(s *layout.EvictSlot) { s.Own = 2 }), nil},
		{"evict: expired is a bit", "2", onEvict(func(s *layout.EvictSlot) { s.Expired = 2 }), nil},
		{"evict: the taker still wants", "behind a taker that is filled", does(func(e *engine) {
			e.loadOrder(1, 1, 3, 0, 0, 100, layout.Never, 0, 4)
			e.loadOrder(1, 2, 2, 0, 0, 100, clock-1, 0, 4)
			buys(e)
		}, "evicts for a taker that is done"), nil},
		{"evict: own order", "another's", does(maker(0, layout.Never, 0, 0).then(buys), "evicts as own"), nil},
		{"evict: void, or one reason", "none", does(maker(0, layout.Never, 0, 0).then(buys), "evicts as void"), nil},
		{"evict: reduce-only, if there is nothing to reduce", "may open", does(maker(0, layout.Never, 0, 0).then(buys), "evicts as reduce"), nil},
		{"evict: expired, or nothing to reduce", "something to reduce", does(maker(0, layout.Never, 1, 3).then(buys), "evicts as reduce"), nil},
		{"evict: expired, or nothing to reduce", "not expired", does(maker(0, clock, 0, 0).then(buys), "evicts as expired"), nil},
		{"unlink: totals", "below nothing", does(maker(0, clock-1, 0, 0).then(func(e *engine) {
			e.set(layout.TagPosition, 2<<layout.MarketBits+traded, 0, 0, 0, 3, 0, 1)
		}).then(buys)), nil},
	}
}

func marginForgeries() []forgery {
	const cheap = "evict margin: not a cheap reason: "
	// Account 2 is short of margin and short 10 lots: whatever it sells, its position grows.
	short := func(epoch, expiry, reduce int64) deed {
		return func(e *engine) {
			maker(epoch, expiry, reduce, -10)(e)
			e.set(layout.TagCash, 2, 980)
		}
	}
	evicted := does(short(0, layout.Never, 0).then(buys))
	// A fee that is no integer: a notional of 400 by 200 ppm is 0.08, rounded up to 1, here taken as it is.
	exact := fraction(big.NewInt(400*makerFee), big.NewInt(layout.Million))
	return []forgery{
		{cheap + "maker is not void", "void", does(short(7, layout.Never, 0).then(buys), "evicts as margin"), nil},
		{cheap + "maker is not expired", "expired", does(short(0, clock-1, 0).then(buys), "evicts as margin"), nil},
		{cheap + "not the taker's own", "own", does(func(e *engine) {
			e.set(layout.TagCash, 1, 980)
			e.loadPosition(1, 0, -10)
			e.loadOrder(1, 1, 1, 0, 0, 100, layout.Never, 0, 10)
			buys(e)
		}, "evicts as margin"), nil},
		{cheap + "quantity at least one", "nothing to reduce", does(func(e *engine) {
			e.set(layout.TagCash, 2, 300)
			e.loadPosition(2, 0, -7)
			e.loadOrder(1, 1, 2, 0, 0, 200, layout.Never, 1, 10)
			take(ticket{price: 200, size: 4, ioc: 1})(e)
		}, "evicts as margin"), nil},
		{"margin: magnitude of a size", "negative", evicted, lie("sign: margin: magnitude of a size#2", 1)},
		{"margin: worse side", "the better one", evicted, lie("sign: margin: worse side#8", 1)},
		{"fee: maker, bounded", "a fraction of a micro-unit", but(evicted, func(d *desk) { d.MarginEvicts[0].Fee = exact }), nil},
		{"evict: the maker would not be whole", "but it is", does(maker(0, layout.Never, 0, -10).then(buys), "evicts as margin"), nil},
		{"evict: exactly whether a sixteenth was there", "denied", evicted, lie("sign: evict: exactly whether a sixteenth was there#0", 1)},
		{"evict: a choice of reasons", "neither of them", does(func(e *engine) {
			e.set(layout.TagCash, 2, 60)
			e.loadOrder(1, 1, 2, 0, 0, 10, layout.Never, 0, 10)
			buys(e)
		}), lie("evict: reason#0", 0, 2)},
		{"evict: the fill is not admissible", "carries less risk", does(func(e *engine) {
			e.set(layout.TagCash, 2, -9_900)
			e.loadPosition(2, 0, 100)
			e.loadOrder(1, 1, 2, 0, 0, 100, layout.Never, 0, 50)
			take(ticket{price: 100, size: 50, ioc: 1})(e)
		}, "evicts as margin"), nil},
	}
}
