package chips_test

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// onOrder changes the first order of a desk.
func onOrder(change func(s *layout.OrderSlot)) func(d *desk) {
	return func(d *desk) { change(&d.Orders[0]) }
}

// asksAt are orders of account 2 to sell 10 each.
func asksAt(prices ...int64) deed {
	return func(e *engine) {
		for i, price := range prices {
			e.loadOrder(1, int64(i)+1, 2, 0, int64(i), price, layout.Never, 0, 10)
		}
	}
}

func bidsAt(prices ...int64) deed {
	return func(e *engine) {
		for i, price := range prices {
			e.loadOrder(0, int64(i)+1, 2, 0, int64(i), price, layout.Never, 0, 10)
		}
	}
}

// then is a deed after another.
func (do deed) then(next deed) deed {
	return func(e *engine) {
		do(e)
		next(e)
	}
}

// take is an order of account 1 in the traded market.
func take(o ticket) deed {
	return func(e *engine) {
		o.tick, o.account, o.market = 5, 1, traded
		e.place(o)
	}
}

func holding(account, size int64) deed { return func(e *engine) { e.loadPosition(account, 0, size) } }

// rich gives an account as much cash as fits, but for 9.
func rich(account int64) deed {
	return func(e *engine) { e.set(layout.TagCash, account, kernel.Power(layout.CashBits-1).Int64()-9) }
}

func orderForgeries() []forgery {
	const wide = layout.PriceMax + 2 // 2^36
	half := kernel.Power(layout.SizeBits - 1).Int64()
	return []forgery{
		{"order: live is a bit", "two of it, less one", but(does(asksAt(100).then(take(ticket{price: 100, size: 3, ioc: 1}))),
			twice(func(d *desk) *[]layout.OrderSlot { return &d.Orders }, func(s *layout.OrderSlot) *kernel.Variable { return &s.Live })), nil},
		{"order: single is a bit", "2", dead(onOrder(func(s *layout.OrderSlot) { s.Single = 2 })), nil},
		{"order: side is a bit", "2", dead(onOrder(func(s *layout.OrderSlot) { s.Side = 2 })), nil},
		{"order: immediate-or-cancel is a bit", "-1", dead(onOrder(func(s *layout.OrderSlot) { s.Ioc, s.Fok = -1, 1 })), nil},
		{"order: fill-or-kill is a bit", "-1", dead(onOrder(func(s *layout.OrderSlot) { s.Ioc, s.Fok = 1, -1 })), nil},
		{"order: not both immediate-or-cancel and fill-or-kill", "both", dead(onOrder(func(s *layout.OrderSlot) { s.Ioc, s.Fok = 1, 1 })), nil},
		{"order: post-only is a bit", "2", dead(onOrder(func(s *layout.OrderSlot) { s.PostOnly, s.EndStep = 2, layout.SweepEnd-1 })), nil},
		{"order: reduce-only is a bit", "2", dead(onOrder(func(s *layout.OrderSlot) { s.ReduceOnly, s.Position.Size = 2, -5 })), nil},
		{"order: not the fee account", "fees buy", does(func(e *engine) {
			e.place(ticket{tick: 1, account: 0, market: traded, price: 9, size: 1})
		}), nil},
		{"order: price fits", "reaches into the size", does(asksAt(100).then(take(ticket{price: wide + 50, size: 4, ioc: 1}))), nil},
		{"order: price is not 0", "sells for nothing", does(bidsAt(100).then(take(ticket{side: 1, size: 4, ioc: 1}))), nil},
		{"order: price is not the highest", "the bid sentinel's", does(asksAt(100).then(take(ticket{price: wide - 1, size: 4, ioc: 1}))), nil},
		{"order: size fits", "none until a moment is all there is until the second before", does(asksAt(100).then(
			take(ticket{price: 100, size: 2 * half, ioc: 1}))), nil},
		{"order: size fits", "reaches into the expiry", does(holding(1, -5).then(asksAt(100)).then(
			take(ticket{price: 100, size: 2*half + 1, reduce: 1}))), nil},
		{"order: client fits", "beyond the word", does(take(ticket{price: 9, size: 1, client: 1 << 24})), nil},
		{"place: market takes it", "opens risk where the market is not open", does(func(e *engine) {
			e.place(ticket{tick: 1, account: 1, market: shut, price: 9, size: 1, ioc: 1})
		}), nil},
		{"trim: to the position", "reduces beyond it", does(holding(1, 4).then(take(ticket{side: 1, price: 9, size: 7, reduce: 1})), "no trim"),
			lie("sign: trim: to the position#0", 0)},
		{"place: something is wanted", "nothing to reduce", does(take(ticket{side: 1, price: 9, size: 7, reduce: 1})), nil},
		{"stop: exactly whether the head crosses", "denied, and rests", does(asksAt(100).then(take(ticket{price: 100, size: 4})),
			"stops early", "rests what crosses"), lie("sign: stop: exactly whether the head crosses#0", 0)},
		{"stop: a taker that wants more met the sweep limit", "stops early", does(asksAt(100).then(
			take(ticket{price: 100, size: 4, ioc: 1})), "stops early"), nil},
		{"tif: fill or kill", "part of it", does(asksAt(100).then(take(ticket{price: 100, size: 14, fok: 1}))), nil},
		{"tif: post only", "takes first", does(asksAt(100).then(take(ticket{price: 100, size: 14, post: 1}))), nil},
		{"tif: post only", "does not rest", does(take(ticket{price: 100, size: 14, post: 1, ioc: 1})), nil},
		{"fee: taker, rounded up", "rounded down", does(asksAt(100).then(take(ticket{price: 100, size: 4})), "taker fee rounded down"), nil},
		{"order: within the width of cash", "sells for more than cash can hold", does(rich(1).then(bidsAt(100)).then(
			take(ticket{side: 1, price: 100, size: 4}))), nil},
		{"order: within the widths", "what a fill could not keep", does(holding(1, half-1).then(take(ticket{price: 9, size: 1}))), nil},
		{"order: within the widths", "selling", does(holding(1, -half).then(take(ticket{side: 1, price: 9, size: 1}))), nil},
		{"order: count", "more than an index has bits", does(func(e *engine) {
			e.set(layout.TagPosition, 1<<layout.MarketBits+traded, 0, 0, 0, 0, 0, 1<<layout.IndexBits-1)
			take(ticket{price: 9, size: 1})(e)
		}), nil},
	}
}

func restForgeries() []forgery {
	sell := take(ticket{side: 1, price: 150, size: 1})
	return []forgery{
		{"rest: slot fits", "of another book", does(sell, "rests in another book"), nil},
		{"rest: predecessor is live", "a free slot", does(sell, "rests behind a free slot"), nil},
		{"rest: predecessor not worse", "jumps the queue backwards", does(asksAt(100, 200).then(sell), "rests behind worse"), nil},
		{"rest: successor strictly worse", "jumps the queue", does(asksAt(100, 200).then(sell), "rests before better"), nil},
		{"rest: successor strictly worse", "first among equals", does(asksAt(150).then(sell), "rests before better"), nil},
	}
}
