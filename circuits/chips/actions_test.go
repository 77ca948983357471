package chips_test

import (
	"math/big"

	"novate/circuits/layout"
)

// ticket is an order, alone or out of a sheet.
type ticket struct {
	tick, account, market, side, price, size int64
	ioc, fok, post, reduce                   int64
	expiry                                   int64 // 0: never
	client                                   int64
	item                                     bool
}

func (o ticket) until() int64 {
	if o.expiry == 0 {
		return layout.Never
	}
	return o.expiry
}

// flag is 1 for true.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// direction is 1 for a side that buys, -1 for one that sells.
func direction(side int64) int64 { return 1 - 2*side }

// walk is a sweep as it goes.
type walk struct {
	o                                ticket
	book, open                       int64
	step, remaining, cost, head, end int64
}

func (e *engine) place(o ticket) {
	t := e.tick(o.tick)
	open := flag(o.market != shut)
	if e.lies["open in a market that is not"] {
		open = 1
	}
	held := e.held(o.account, o.market)
	wanted := o.size
	if o.reduce == 1 && !e.lies["no trim"] {
		wanted = min(wanted, -direction(o.side)*held[pSize])
	}
	w := &walk{o: o, book: 2*o.market + 1 - o.side, open: open, step: layout.SweepEnd - budget, remaining: wanted}
	w.head = e.resting(w.book, 0)[oNext]
	if e.lies["sweep past the head"] {
		w.head = e.resting(w.book, w.head)[oNext]
	}
	before := w.head
	e.sweep(w)

	s := layout.OrderSlot{
		Live: 1, Single: flag(!o.item), Tick: o.tick, Account: o.account, Market: o.market, Side: o.side, Ioc: o.ioc, Fok: o.fok,
		PostOnly: o.post, ReduceOnly: o.reduce, Price: o.price, Size: o.size, Expiry: o.until(), Client: o.client,
		Open: open, Sweep: budget, TakerFee: takerFee, MakerFee: makerFee, Remaining: w.remaining, Cost: w.cost,
		HeadBefore: before, HeadAfter: w.head, EndStep: w.step,
	}
	if !o.item {
		body := pack(layout.BodyPlace, o.market, o.side, o.ioc+2*o.fok, o.post, o.reduce, o.price, o.size, o.until(), o.client)
		s.Lane, s.Counter, s.LaneRow = e.authority(o.account, layout.KindPlace, o.tick, body)
	}
	sentinel := e.resting(w.book, 0)
	sentinel[oNext] = w.head
	s.Sentinel = e.record(w.book, 0, t, sentinel...)
	if w.head != 0 {
		s.Head = e.record(w.book, w.head, t)
	}
	crosses := w.head != 0 && w.crosses(e.resting(w.book, w.head)[oPrice])
	rests := w.remaining > 0 && o.ioc+o.fok == 0 && !crosses
	if e.lies["rests what crosses"] {
		rests = true
	}
	fee := ceil(w.cost*takerFee, layout.Million)
	if e.lies["taker fee rounded down"] {
		fee--
	}
	s.Fee = fee
	e.fees += fee
	s.Cash = e.cash(o.account, t, -direction(o.side)*w.cost-fee)
	held = e.held(o.account, o.market)
	epoch, index := held[pEpoch], held[pCount]
	held[pSize] += direction(o.side) * (wanted - w.remaining)
	if rests {
		held[pBuy+o.side] += w.remaining
		held[pCount]++
	}
	s.Position = e.position(o.account, o.market, t, held...)
	if rests {
		s.Slot, s.PredecessorSlot, s.Record, s.Predecessor, s.Successor = e.rest(o, t, epoch, index, w.remaining)
	}
	e.desk.Orders = append(e.desk.Orders, s)
}

func (w *walk) crosses(price int64) bool { return direction(w.o.side)*(w.o.price-price) >= 0 }

// sweep takes steps until it has to stop.
func (e *engine) sweep(w *walk) {
	for (w.head != 0 || e.lies["meets the sentinel"]) && (w.step < layout.SweepEnd || e.lies["beyond the limit"]) && (w.remaining > 0 || e.lies["evicts for a taker that is done"]) {
		r := e.resting(w.book, w.head)
		if !w.crosses(r[oPrice]) && !e.lies["meets what does not cross"] || e.lies["stops early"] {
			return
		}
		p := e.held(r[oOwner], w.o.market)
		reducible := direction(w.o.side) * p[pSize]
		only := r[oReduce] == 1 || w.open == 0
		q := min(w.remaining, r[oLeft])
		if only && !e.lies["maker beyond its position"] {
			q = min(q, reducible)
		}
		if e.lies["fills more"] {
			q = w.remaining
		}
		reason := ""
		switch {
		case r[oEpoch] != p[pEpoch]:
			reason = "void"
		case r[oExpiry] < clock:
			reason = "expired"
		case r[oOwner] == w.o.account:
			reason = "own"
		case only && reducible <= 0:
			reason = "reduce"
		case e.poor(r[oOwner], w, r, p, q):
			reason = "margin"
		}
		for _, claim := range []string{"void", "expired", "own", "reduce", "margin"} {
			switch {
			case reason == claim && e.lies["fills "+claim]:
				reason = ""
			case e.lies["evicts as "+claim]:
				reason = claim
			}
		}
		switch reason {
		case "":
			e.fill(w, r, p, q)
		case "margin":
			e.evictForMargin(w, r, p, q)
		default:
			e.evict(w, r, p, reason)
		}
	}
}

func (e *engine) fill(w *walk, r, p []int64, q int64) {
	t := 256*w.o.tick + w.step
	price := r[oPrice]
	fee := ceil(q*price*makerFee, layout.Million)
	if e.lies["maker fee rounded down"] {
		fee--
	}
	s := layout.FillSlot{
		Live: 1, Time: t, Step: w.step, Market: w.o.market, Side: w.o.side, Account: w.o.account, Price: w.o.price, MakerFee: makerFee,
		Open: w.open, Remaining: w.remaining, Cost: w.cost, Head: w.head, Fee: fee,
	}
	after := append([]int64{}, r...)
	after[oLeft] -= q
	if after[oLeft] == 0 {
		after = make([]int64, 8)
	}
	s.Record = e.record(w.book, w.head, t, after...)
	p[pSize] -= direction(w.o.side) * q
	p[pSell-w.o.side] -= q
	s.Position = e.position(r[oOwner], w.o.market, t, p...)
	s.Cash = e.cash(r[oOwner], t, direction(w.o.side)*q*price-fee)
	e.fees += fee
	w.remaining -= q
	w.cost += q * price
	w.step++
	if r[oLeft] == q {
		w.head = r[oNext]
	}
	e.desk.Fills = append(e.desk.Fills, s)
}

func (e *engine) evict(w *walk, r, p []int64, reason string) {
	t := 256*w.o.tick + w.step
	s := layout.EvictSlot{
		Live: 1, Time: t, Step: w.step, Market: w.o.market, Side: w.o.side, Account: w.o.account, Price: w.o.price, MakerFee: makerFee,
		Open: w.open, Remaining: w.remaining, Cost: w.cost, Head: w.head,
		Expired: flag(reason == "expired"), Own: flag(reason == "own"), Reduce: flag(reason == "reduce"),
	}
	s.Record = e.record(w.book, w.head, t, make([]int64, 8)...)
	if r[oEpoch] == p[pEpoch] {
		p[pSell-w.o.side] -= r[oLeft]
	}
	s.Position = e.position(r[oOwner], w.o.market, t, p...)
	w.step++
	w.head = r[oNext]
	e.desk.Evicts = append(e.desk.Evicts, s)
}

func (e *engine) evictForMargin(w *walk, r, p []int64, q int64) {
	t := 256*w.o.tick + w.step
	s := layout.MarginEvictSlot{
		Live: 1, Time: t, Step: w.step, Market: w.o.market, Side: w.o.side, Account: w.o.account, Price: w.o.price, MakerFee: makerFee,
		Open: w.open, Remaining: w.remaining, Cost: w.cost, Head: w.head, Fee: ceil(q*r[oPrice]*makerFee, layout.Million),
		Mark: mark, Initial: initial, Reserve: reserve,
	}
	s.Cash = e.cash(r[oOwner], t, 0)
	for m := range s.Positions {
		s.Positions[m] = e.position(r[oOwner], int64(m), t)
	}
	s.Record = e.record(w.book, w.head, t+1, make([]int64, 8)...)
	p[pSell-w.o.side] -= r[oLeft]
	s.Position = e.position(r[oOwner], w.o.market, t+1, p...)
	w.step += layout.MarginStep
	w.head = r[oNext]
	e.desk.MarginEvicts = append(e.desk.MarginEvicts, s)
}

// rest links an order in: behind the last that is not worse, in the lowest free slot.
func (e *engine) rest(o ticket, t, epoch, index, left int64) (slot, before int64, record, predecessor, successor layout.OrderAccess) {
	book := 2*o.market + o.side
	worse := func(price int64) bool { return direction(o.side)*(o.price-price) > 0 }
	next := e.resting(book, 0)[oNext]
	for next != 0 && (!worse(e.resting(book, next)[oPrice]) || e.lies["rests behind worse"]) && !e.lies["rests before better"] {
		before, next = next, e.resting(book, next)[oNext]
	}
	if e.lies["rests behind a free slot"] {
		before, next = 14, 0
	}
	for slot = 1; e.resting(book, slot)[oLeft] != 0; slot++ {
	}
	if e.lies["rests in another book"] {
		slot += 1 << layout.SlotBits
	}
	record = e.record(book, slot, t, o.account, epoch, index, o.price, o.until(), o.reduce, left, next)
	row := e.resting(book, before)
	row[oNext] = slot
	predecessor = e.record(book, before, t, row...)
	if next != 0 {
		successor = e.record(book, next, t)
	}
	return slot, before, record, predecessor, successor
}

// item is one of a sheet; the zero value is absent.
type item struct {
	kind int64
	bits *big.Int
}

func placeItem(o ticket) item {
	return item{0, pack(layout.PlaceItem, o.side, o.ioc+2*o.fok, o.post, o.reduce, o.price, o.size)}
}

func cancelItem(side, slot, epoch, index int64) item {
	return item{1, pack(layout.CancelItem, side, slot, epoch, index)}
}

func (e *engine) sheet(tick, account, market, replace, first int64, items ...item) {
	t := e.tick(tick)
	s := layout.SheetSlot{Live: 1, Tick: tick, First: first, Market: market, Replace: replace, Expiry: layout.Never,
		Open: flag(market != shut), Account: account}
	s.Lane, s.Counter, s.LaneRow = e.authority(account, layout.KindSheet, tick, nil)
	p := e.held(account, market)
	if replace == 1 {
		p[pEpoch]++
		p[pBuy], p[pSell], p[pCount] = 0, 0, 0
	}
	s.Position = e.position(account, market, t, p...)
	for i, it := range items {
		s.Items[i] = layout.ItemColumns{Live: 1, Kind: it.kind, Bits: it.bits}
	}
	e.desk.Sheets = append(e.desk.Sheets, s)
	e.desk.Messages = append(e.desk.Messages, e.message(buried(s)))
}

func (e *engine) quote(o ticket) {
	t := e.tick(o.tick)
	other := 2*o.market + 1 - o.side
	s := layout.QuoteSlot{Live: 1, Tick: o.tick, Account: o.account, Market: o.market, Side: o.side, Price: o.price, Size: o.size,
		Expiry: o.until(), Sentinel: e.record(other, 0, t)}
	if head := e.resting(other, 0)[oNext]; head != 0 {
		s.Head = e.record(other, head, t)
	}
	p := e.held(o.account, o.market)
	epoch, index := p[pEpoch], p[pCount]
	p[pBuy+o.side] += o.size
	p[pCount]++
	s.Position = e.position(o.account, o.market, t, p...)
	s.Slot, s.PredecessorSlot, s.Record, s.Predecessor, s.Successor = e.rest(o, t, epoch, index, o.size)
	e.desk.Quotes = append(e.desk.Quotes, s)
}

func (e *engine) burnItem(tick, account, market, epoch int64, it item) {
	second := market + flag(market != shut)<<layout.MarketBits + epoch<<(layout.MarketBits+1)
	e.desk.ItemBurns = append(e.desk.ItemBurns, layout.ItemBurnSlot{Live: 1, Tick: tick, Account: account, Second: second,
		Bits: it.bits, Expiry: layout.Never})
}

// named is an order that a cancel names.
type named struct{ side, slot, epoch, index int64 }

func (e *engine) cancel(tick, account, market int64, n named, item bool, sheetEpoch int64) {
	t := e.tick(tick)
	book := 2*market + n.side
	s := layout.CancelSlot{Live: 1, Single: flag(!item), Tick: tick, Account: account, Market: market, Side: n.side, Slot: n.slot,
		Epoch: n.epoch, Index: n.index, Expiry: layout.Never}
	if item {
		s.Open, s.SheetEpoch = flag(market != shut), sheetEpoch
	} else {
		s.Lane, s.Counter, s.LaneRow = e.authority(account, layout.KindCancel, tick,
			pack(layout.BodyCancel, market, n.side, n.slot, n.epoch, n.index, layout.Never))
	}
	r, p := e.resting(book, n.slot), e.held(account, market)
	hit := r[oOwner] == account && r[oEpoch] == n.epoch && r[oIndex] == n.index && p[pEpoch] == n.epoch
	if hit {
		s.PredecessorSlot, s.Record, s.Predecessor = e.unlink(book, n.slot, t)
		p[pBuy+n.side] -= r[oLeft]
	} else {
		s.Record = e.record(book, n.slot, t)
	}
	s.Position = e.position(account, market, t, p...)
	e.desk.Cancels = append(e.desk.Cancels, s)
}

// unlink takes a record out of its book.
func (e *engine) unlink(book, slot, t int64) (before int64, record, predecessor layout.OrderAccess) {
	r := e.resting(book, slot)
	for e.resting(book, before)[oNext] != slot && !e.lies["predecessor points elsewhere"] {
		before = e.resting(book, before)[oNext]
	}
	if e.lies["predecessor of another book"] {
		before += 1 << layout.SlotBits
	}
	record = e.record(book, slot, t, make([]int64, 8)...)
	row := e.resting(book, before)
	row[oNext] = r[oNext]
	predecessor = e.record(book, before, t, row...)
	return before, record, predecessor
}

func (e *engine) cancelAll(tick, account, market int64) {
	t := e.tick(tick)
	s := layout.CancelAllSlot{Live: 1, Tick: tick, Account: account, Market: market, Expiry: layout.Never}
	s.Lane, s.Counter, s.LaneRow = e.authority(account, layout.KindCancelAll, tick, pack(layout.BodyCancelAll, market, layout.Never))
	p := e.held(account, market)
	p[pEpoch]++
	p[pBuy], p[pSell], p[pCount] = 0, 0, 0
	s.Position = e.position(account, market, t, p...)
	e.desk.CancelAlls = append(e.desk.CancelAlls, s)
}

func (e *engine) collect(tick, market, side, slot int64, reason string) {
	t := e.tick(tick)
	book := 2*market + side
	r := e.resting(book, slot)
	p := e.held(r[oOwner], market)
	s := layout.CollectSlot{Live: 1, Tick: tick, Market: market, Side: side, Slot: slot,
		Expired: flag(reason == "expired"), Reduce: flag(reason == "reduce")}
	s.PredecessorSlot, s.Record, s.Predecessor = e.unlink(book, slot, t)
	if r[oEpoch] == p[pEpoch] {
		p[pBuy+side] -= r[oLeft]
	}
	s.Position = e.position(r[oOwner], market, t, p...)
	e.desk.Collects = append(e.desk.Collects, s)
}

func (e *engine) burn(tick, account, kind int64, body *big.Int) {
	e.tick(tick)
	s := layout.BurnSlot{Live: 1, Tick: tick, Account: account, Transfer: flag(kind == layout.KindTransfer),
		Withdraw: flag(kind == layout.KindWithdraw), Body: body}
	s.Lane, s.Counter, s.LaneRow = e.authority(account, kind, tick, body)
	e.desk.Burns = append(e.desk.Burns, s)
}
