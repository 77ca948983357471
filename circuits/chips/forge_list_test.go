package chips_test

import (
	"math/big"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// heads is a sheet of account 1 at tick 20 whose items follow from tick 21.
func heads(replace int64, items ...item) deed {
	return func(e *engine) { e.sheet(20, 1, traded, replace, 21, items...) }
}

// buyItem is a post-only item.
func buyItem(price, size int64) item { return placeItem(ticket{price: price, size: size, post: 1}) }

// onSheet changes the last sheet, a dead one, and has it signed again.
func onSheet(change func(s *layout.SheetSlot)) func(d *desk) {
	return func(d *desk) {
		last := len(d.Sheets) - 1
		change(&d.Sheets[last])
		d.Messages[last] = new(engine).message(d.Sheets[last])
	}
}

func sheetForgeries() []forgery {
	return []forgery{
		{"sheet: live is a bit", "two of it, less one", but(does(heads(1)), func(d *desk) {
			twice(func(d *desk) *[]layout.SheetSlot { return &d.Sheets }, func(s *layout.SheetSlot) *kernel.Variable { return &s.Live })(d)
			d.Messages = append(d.Messages[:1:1], d.Messages...)
		}), nil},
		{"sheet: replace is a bit", "2", dead(onSheet(func(s *layout.SheetSlot) { s.Replace = 2 })), nil},
		{"sheet: not the fee account", "fees quote", does(func(e *engine) { e.sheet(20, 0, traded, 1, 21) }), nil},
		{"sheet: epoch fits", "reaches into the count", does(holding(1, 0).then(func(e *engine) {
			e.loadPosition(1, 1<<layout.EpochBits-1, 0)
		}).then(heads(1))), nil},
		{"sheet: items come after the head", "before", does(func(e *engine) {
			e.quote(ticket{tick: 19, account: 1, market: traded, price: 9, size: 3})
			e.sheet(20, 1, traded, 0, 19, buyItem(9, 3))
		}), nil},
		{"sheet: an item is live or not", "twice nothing", but(does(heads(0)), func(d *desk) {
			d.Sheets[0].Items[0].Live = 2
			nothing := layout.ItemBurnSlot{Live: 1, Tick: 21, Account: 1, Second: traded + 1<<layout.MarketBits, Bits: 0, Expiry: layout.Never}
			d.ItemBurns = append(d.ItemBurns, nothing, nothing)
		}), nil},
		{"sheet: a kind is a bit", "2", dead(func(d *desk) { d.Sheets[0].Items[0].Kind, d.Sheets[0].Items[0].Bits = 2, -1 }), nil},
		{"sheet: an absent item is zero", "a signed item is left out", but(does(heads(0, buyItem(9, 3))), func(d *desk) {
			d.Sheets[0].Items[0].Live = 0
		}), nil},
		{"sheet: a dead sheet has no items", "which nobody signed", does(func(e *engine) {
			e.sheet(20, 1, traded, 0, 21, buyItem(9, 3))
			e.quote(ticket{tick: 21, account: 1, market: traded, price: 9, size: 3})
			s := &e.desk.Sheets[0]
			s.Live = 0
			e.rows[layout.TagLane][layout.Lanes*1+3].now[0], e.rows[layout.TagLane][layout.Lanes*1+3].last = 7, 0
			e.desk.Quotes[0].Position.Previous = 0
			delete(e.used, 20)
		}), nil},
		{"bus: item", "of a sheet that another replaced", does(func(e *engine) {
			e.sheet(20, 1, traded, 1, 23, buyItem(9, 3))
			e.sheet(21, 1, traded, 1, 24)
			e.quote(ticket{tick: 23, account: 1, market: traded, price: 9, size: 3})
		}), nil},
		{"bus: item", "an order after cancel-all", does(func(e *engine) {
			e.sheet(20, 1, traded, 0, 23, placeItem(ticket{price: 9, size: 3}))
			e.lane = 4
			e.set(layout.TagLane, layout.Lanes*1+4, 7, 5)
			e.cancelAll(21, 1, traded)
			e.place(ticket{tick: 23, account: 1, market: traded, price: 9, size: 3, item: true})
		}), nil},
		{"bus: open", "a market that is not", but(does(func(e *engine) { e.sheet(20, 1, shut, 0, 21) }), func(d *desk) {
			d.Sheets[0].Open = 1
		}), nil},
	}
}

func quoteForgeries() []forgery {
	const wide = layout.PriceMax + 2 // 2^36
	quoted := func(o ticket) deed {
		return func(e *engine) {
			o.post = 1
			e.sheet(20, 1, traded, 0, 21, placeItem(o))
			o.tick, o.account, o.market = 21, 1, traded
			e.quote(o)
		}
	}
	const elsewhere = traded + 1<<(layout.MarketBits+1) // with an epoch one less
	return []forgery{
		{"quote: live is a bit", "two of it, less one", but(does(bidsAt(9).then(quoted(ticket{price: 9, size: 3}))),
			twice(func(d *desk) *[]layout.QuoteSlot { return &d.Quotes }, func(s *layout.QuoteSlot) *kernel.Variable { return &s.Live })), nil},
		{"quote: side is a bit", "2", dead(func(d *desk) { d.Quotes[0].Side = 2 }), nil},
		{"quote: market fits", "another account's row", does(func(e *engine) {
			e.loadPosition(1, 4, 0)
			e.set(layout.TagPosition, 1<<layout.MarketBits+elsewhere, 3, 0, 0, 0, 0, 0)
			for side := int64(0); side < 2; side++ {
				e.set(layout.TagOrder, (2*elsewhere+side)<<layout.SlotBits, 0, 0, 0, layout.SentinelPrice[side], layout.Never, 0, 1, 0)
			}
			e.sheet(20, 1, traded, 0, 21, buyItem(9, 3))
			e.quote(ticket{tick: 21, account: 1, market: elsewhere, price: 9, size: 3})
		}), nil},
		{"quote: price fits", "reaches into the size", does(asksAt(100).then(quoted(ticket{side: 1, price: wide + 50, size: 4}))), nil},
		{"quote: price is not 0", "offers for nothing", does(quoted(ticket{side: 1, size: 4})), nil},
		{"quote: price is not the highest", "the bid sentinel's", does(quoted(ticket{price: wide - 1, size: 4})), nil},
		{"quote: size at least one", "rests nothing", does(quoted(ticket{price: 9})), nil},
		{"quote: does not cross", "crosses", does(asksAt(100).then(quoted(ticket{price: 100, size: 4}))), nil},
		{"bus: item", "as if it were good for less", does(quoted(ticket{price: 9, size: 4, expiry: clock + 5})), nil},
	}
}

func cancelForgeries() []forgery {
	onCancel := func(change func(s *layout.CancelSlot)) func() desk {
		return dead(func(d *desk) { change(&d.Cancels[0]) })
	}
	cancels := func(market int64, n named) deed { return func(e *engine) { e.cancel(5, 1, market, n, false, 0) } }
	return []forgery{
		{"cancel: live is a bit", "two of it, less one", but(does(cancels(traded, named{slot: 3})),
			twice(func(d *desk) *[]layout.CancelSlot { return &d.Cancels }, func(s *layout.CancelSlot) *kernel.Variable { return &s.Live })), nil},
		{"cancel: single is a bit", "2", onCancel(func(s *layout.CancelSlot) { s.Single = 2 }), nil},
		{"cancel: side is a bit", "2", onCancel(func(s *layout.CancelSlot) { s.Side = 2 }), nil},
		{"cancel: open is a bit", "2", onCancel(func(s *layout.CancelSlot) { s.Open = 2 }), nil},
		{"cancel: market fits", "there is no such", does(cancels(layout.Markets, named{slot: 3})), nil},
		{"cancel: slot fits", "of another book", does(cancels(traded, named{slot: 1<<layout.SlotBits + 3})), nil},
		{"cancel: epoch fits", "reaches into the index", does(cancels(traded, named{slot: 3, epoch: 1 << layout.EpochBits})), nil},
		{"cancel: index fits", "reaches into the expiry", does(cancels(traded, named{slot: 3, index: 1 << layout.IndexBits})), nil},
		{"cancel: epoch of the sheet", "an item for another market", but(does(func(e *engine) {
			e.sheet(20, 1, traded, 0, 21, cancelItem(0, 3, 0, 0))
			e.cancel(21, 1, traded+1, named{slot: 3}, true, 0)
		}), func(d *desk) {
			// traded + 2^12 = traded + 1 + 2^13 epoch: the market that is not open, with a fraction of an epoch.
			d.Cancels[0].SheetEpoch = fraction(big.NewInt(1<<layout.MarketBits-1), big.NewInt(2<<layout.MarketBits))
		}), nil},
		{"cancel: not the fee account", "removes the sentinel", does(bidsAt(9).then(func(e *engine) {
			e.set(layout.TagPosition, traded, 0, 0, 1, 0, 0, 0)
			e.cancel(5, 0, traded, named{}, false, 0)
		})), nil},
		{"unlink: slot fits", "a predecessor of another book", does(bidsAt(9).then(asksAt(100)).then(func(e *engine) {
			e.cancel(5, 2, traded, named{slot: 1}, false, 0)
		}), "predecessor of another book"), nil},
		{"unlink: predecessor points here", "elsewhere", does(bidsAt(9, 8).then(func(e *engine) {
			e.cancel(5, 2, traded, named{slot: 2, index: 1}, false, 0)
		}), "predecessor points elsewhere"), nil},
		{"cancel all: live is a bit", "two of it, less one", but(does(func(e *engine) { e.cancelAll(5, 1, traded) }),
			twice(func(d *desk) *[]layout.CancelAllSlot { return &d.CancelAlls }, func(s *layout.CancelAllSlot) *kernel.Variable { return &s.Live })), nil},
		{"cancel all: market fits", "there is no such", does(func(e *engine) { e.cancelAll(5, 1, layout.Markets) }), nil},
		{"cancel all: epoch fits", "reaches into the count", does(func(e *engine) {
			e.loadPosition(1, 1<<layout.EpochBits-1, 0)
			e.cancelAll(5, 1, traded)
		}), nil},
	}
}

func collectForgeries() []forgery {
	onCollect := func(change func(s *layout.CollectSlot)) func() desk {
		return dead(func(d *desk) { change(&d.Collects[0]) })
	}
	// collected is the collection of a bid of account 2 as something that it may not be.
	collected := func(reason string, epoch, expiry, reduce, size int64) func() desk {
		return does(func(e *engine) {
			e.loadPosition(2, 0, size)
			e.loadOrder(0, 1, 2, epoch, 0, 9, expiry, reduce, 10)
			e.collect(5, traded, 0, 1, reason)
		})
	}
	return []forgery{
		{"collect: live is a bit", "two of it, less one", but(collected("void", 7, layout.Never, 0, 0),
			twice(func(d *desk) *[]layout.CollectSlot { return &d.Collects }, func(s *layout.CollectSlot) *kernel.Variable { return &s.Live })), nil},
		{"collect: side is a bit", "2", onCollect(func(s *layout.CollectSlot) { s.Side = 2 }), nil},
		{"collect: market fits", "there is no such", does(func(e *engine) {
			const book = 2 * layout.Markets
			e.set(layout.TagOrder, book<<layout.SlotBits, 0, 0, 0, layout.SentinelPrice[0], layout.Never, 0, 1, 1)
			e.set(layout.TagOrder, book<<layout.SlotBits+1, 1, 7, 0, 9, layout.Never, 0, 3, 0)
			e.collect(5, layout.Markets, 0, 1, "void")
		}), nil},
		{"unlink: not the sentinel", "whose account voided its orders", does(bidsAt(9).then(func(e *engine) {
			e.cancelAll(4, 0, traded)
			e.collect(5, traded, 0, 0, "void")
		})), nil},
		{"collect: expired is a bit", "2", onCollect(func(s *layout.CollectSlot) { s.Expired = 2 }), nil},
		{"collect: void, or one reason", "none", collected("void", 0, layout.Never, 0, 0), nil},
		{"collect: void, or one reason", "expired as well, and lowers no total", collected("expired", 7, clock-1, 0, 0), nil},
		{"collect: reduce-only, if there is nothing to reduce", "may open", collected("reduce", 0, layout.Never, 0, 4), nil},
		{"collect: expired, or nothing to reduce", "something to reduce", collected("reduce", 0, layout.Never, 1, -4), nil},
		{"collect: expired, or nothing to reduce", "not expired", collected("expired", 0, clock, 0, 0), nil},
	}
}

func burnForgeries() []forgery {
	onBurn := func(kind int64, change func(s *layout.BurnSlot)) func() desk {
		return but(does(func(e *engine) { e.burn(5, 1, kind, big.NewInt(77)) }), func(d *desk) { change(&d.Burns[0]) })
	}
	item := cancelItem(0, 3, 0, 0)
	return []forgery{
		{"burn: live is a bit", "two of it, less one", but(onBurn(layout.KindPlace, func(*layout.BurnSlot) {}),
			twice(func(d *desk) *[]layout.BurnSlot { return &d.Burns }, func(s *layout.BurnSlot) *kernel.Variable { return &s.Live })), nil},
		{"burn: transfer is a bit", "a third, which burns a cancel", onBurn(layout.KindCancel, func(s *layout.BurnSlot) {
			s.Transfer = fraction(big.NewInt(1), big.NewInt(3))
		}), nil},
		{"burn: withdraw is a bit", "a half, which burns a cancel-all", onBurn(layout.KindCancelAll, func(s *layout.BurnSlot) {
			s.Withdraw = fraction(big.NewInt(1), big.NewInt(2))
		}), nil},
		{"burn: kind is place, transfer or withdraw", "both", onBurn(layout.KindTransfer+layout.KindWithdraw-layout.KindPlace,
			func(s *layout.BurnSlot) { s.Transfer, s.Withdraw = 1, 1 }), nil},
		{"burn: body fits", "wider than any", does(func(e *engine) {
			e.burn(5, 1, layout.KindPlace, new(big.Int).Lsh(big.NewInt(1), 168))
		}), nil},
		{"item burn: live is a bit", "two of it, less one", but(does(heads(0, buyItem(9, 3)).then(func(e *engine) {
			e.burnItem(21, 1, traded, 0, buyItem(9, 3))
		})), twice(func(d *desk) *[]layout.ItemBurnSlot { return &d.ItemBurns },
			func(s *layout.ItemBurnSlot) *kernel.Variable { return &s.Live })), nil},
		{"item burn: tick, of a place item", "of a cancel item", does(heads(0, item).then(func(e *engine) {
			e.burnItem(21+1<<layout.ItemKindShift, 1, traded, 0, item)
		})), nil},
		{"item burn: bits fits", "a cell split elsewhere turns a cancel into a place", but(does(heads(0, buyItem(9, 3), item)), func(d *desk) {
			items := &d.Sheets[0].Items
			items[0].Bits = chiptest.Plus(items[0].Bits, kernel.Power(layout.ItemShift-1))
			items[1].Kind = 0
			second := traded + 1<<layout.MarketBits
			for i := range 2 {
				d.ItemBurns = append(d.ItemBurns, layout.ItemBurnSlot{Live: 1, Tick: 21 + i, Account: 1, Second: second,
					Bits: items[i].Bits, Expiry: layout.Never})
			}
		}), nil},
	}
}

// tupleForgeries break the bus.
func tupleForgeries() []forgery {
	filled := does(asksAt(100, 200).then(take(ticket{price: 150, size: 14})))
	return []forgery{
		{"bus: time", "a tick that is not used", but(does(func(e *engine) { e.cancelAll(2, 1, traded) }), func(d *desk) { d.Used[1] = 0 }), nil},
		{"bus: authorised", "another client's order", but(filled, func(d *desk) { d.Orders[0].Client = 5 }), nil},
		{"bus: authorised", "applied and not signed", but(filled, func(d *desk) { d.Words = nil }), nil},
		{"bus: cash", "paid out of nothing", but(filled, func(d *desk) { d.Fills[0].Cash.Cash = 5 }), nil},
		{"bus: position", "funding that memory does not hold", but(filled, func(d *desk) { d.Fills[0].Position.Funding = 5 }), nil},
		{"bus: lane", "under an earlier key", but(filled, func(d *desk) { d.Words[0].Holder, d.Orders[0].LaneRow.Version = 1, 0 }), nil},
		{"bus: market", "open, though it is not", does(func(e *engine) {
			e.place(ticket{tick: 1, account: 1, market: shut, price: 9, size: 1, ioc: 1})
		}, "open in a market that is not"), nil},
		{"bus: risk", "another mark", but(does(func(e *engine) {
			e.set(layout.TagCash, 2, 980)
			maker(0, layout.Never, 0, -10)(e)
			buys(e)
		}), func(d *desk) { d.MarginEvicts[0].Mark = mark + 1 }), nil},
		{"bus: order", "a sweep past the head", does(asksAt(100, 120).then(take(ticket{price: 150, size: 4, ioc: 1})), "sweep past the head"), nil},
		{"bus: order", "the sentinel itself is met", does(func(e *engine) {
			e.set(layout.TagPosition, traded, 0, 0, 0, 5, 0, 0)
			take(ticket{price: 9, size: 1})(e)
		}, "meets the sentinel"), nil},
		{"bus: sweep", "more paid than was traded", but(filled, func(d *desk) { d.Fills[0].Cost = 7 }), nil},
	}
}
