package chips_test

import (
	"math/big"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// engine applies actions to rows and writes the slots of a desk. Lies name what it does wrong, all else being as an
// honest engine would then do it: so a forged desk breaks the rule that forbids the lie, and little else.
type engine struct {
	rows  [layout.TagOrder + 1]map[int64]*row
	order [layout.TagOrder + 1][]int64 // addresses as first met
	lies  map[string]bool
	used  map[int64]bool
	fees  int64
	desk  desk

	lane, counter int64 // of the next word, the counter beside its tick
}

type row struct {
	before, now []int64
	last        int64
}

var widths = [...]int{layout.TagIdentity: 3, layout.TagCash: 1, layout.TagLane: 2, layout.TagPosition: 6, layout.TagOrder: 8}

// Columns of rows.
const (
	pEpoch, pBuy, pSell, pSize, pCount                             = 0, 2, 3, 4, 5
	oOwner, oEpoch, oIndex, oPrice, oExpiry, oReduce, oLeft, oNext = 0, 1, 2, 3, 4, 5, 6, 7
)

func newEngine(lies ...string) *engine {
	e := &engine{lies: map[string]bool{}, used: map[int64]bool{}, lane: 3, counter: 1000}
	for tag := range e.rows {
		e.rows[tag] = map[int64]*row{}
	}
	for _, lie := range lies {
		e.lies[lie] = true
	}
	return e
}

func (e *engine) at(tag int, address int64) *row {
	r := e.rows[tag][address]
	if r == nil {
		r = &row{before: make([]int64, widths[tag]), now: make([]int64, widths[tag])}
		e.rows[tag][address] = r
		e.order[tag] = append(e.order[tag], address)
	}
	return r
}

// set writes a row as the pages load it.
func (e *engine) set(tag int, address int64, columns ...int64) {
	r := e.at(tag, address)
	copy(r.before, columns)
	copy(r.now, columns)
}

// read is a row as it is now.
func (e *engine) read(tag int, address int64) []int64 {
	return append([]int64{}, e.at(tag, address).now...)
}

// write accesses a row, and returns the time of the access before and the row as it was. No columns: as they are.
func (e *engine) write(tag int, address, time int64, columns ...int64) (int64, []int64) {
	r := e.at(tag, address)
	previous, before := r.last, append([]int64{}, r.now...)
	r.last = time
	if len(columns) > 0 {
		copy(r.now, columns)
	}
	return previous, before
}

func (e *engine) cash(account, time, delta int64) layout.CashAccess {
	previous, c := e.write(layout.TagCash, account, time, e.read(layout.TagCash, account)[0]+delta)
	return layout.CashAccess{Previous: previous, CashRow: layout.CashRow{Cash: c[0]}}
}

func positionRow(c []int64) layout.PositionRow {
	return layout.PositionRow{Epoch: c[0], Funding: c[1], Buy: c[2], Sell: c[3], Size: c[4], Count: c[5]}
}

func (e *engine) position(account, market, time int64, columns ...int64) layout.PositionAccess {
	previous, c := e.write(layout.TagPosition, account<<layout.MarketBits+market, time, columns...)
	return layout.PositionAccess{Previous: previous, PositionRow: positionRow(c)}
}

func (e *engine) held(account, market int64) []int64 {
	return e.read(layout.TagPosition, account<<layout.MarketBits+market)
}

func (e *engine) record(book, slot, time int64, columns ...int64) layout.OrderAccess {
	previous, c := e.write(layout.TagOrder, book<<layout.SlotBits+slot, time, columns...)
	return layout.OrderAccess{Previous: previous, OrderRow: layout.OrderRow{Owner: c[0], Epoch: c[1], Index: c[2],
		Price: c[3], Expiry: c[4], ReduceOnly: c[5], Remaining: c[6], Next: c[7]}}
}

func (e *engine) resting(book, slot int64) []int64 {
	return e.read(layout.TagOrder, book<<layout.SlotBits+slot)
}

// authority signs a word of an account in lane 3 and advances it.
func (e *engine) authority(account, kind, tick int64, body *big.Int) (lane, counter int64, access layout.LaneAccess) {
	lane, counter = e.lane, e.counter+tick
	address := layout.Lanes*account + lane
	version := e.read(layout.TagLane, address)[1]
	previous, before := e.write(layout.TagLane, address, 256*tick+255, counter, version)
	if kind != layout.KindSheet {
		e.desk.Words = append(e.desk.Words, signed{word(account, kind, lane, counter, body), account + version<<layout.AccountBits})
	}
	return lane, counter, layout.LaneAccess{Previous: previous, LaneRow: layout.LaneRow{Counter: before[0], Version: before[1]}}
}

func word(account, kind, lane, counter int64, body *big.Int) *big.Int {
	head := pack(layout.WordHead, kind, account, lane, counter)
	return head.Add(head, new(big.Int).Lsh(body, layout.WordBodyShift))
}

func (e *engine) tick(tick int64) int64 {
	e.used[tick] = true
	return 256*tick + 255
}

// finish closes the pages and returns the desk, with a dead slot more of every chip.
func (e *engine) finish() desk {
	d := e.desk
	for tag, addresses := range e.order {
		for _, a := range addresses {
			r := e.rows[tag][a]
			d.Rows[tag] = append(d.Rows[tag], loaded{a, r.last, variables(r.before), variables(r.now)})
		}
	}
	for tick := int64(1); tick <= 30; tick++ {
		used := 0
		if e.used[tick] {
			used = 1
		}
		d.Used = append(d.Used, used)
	}
	d.Fees = e.fees
	bury(&d.Sheets)
	d.Messages = append(d.Messages, e.message(d.Sheets[len(d.Sheets)-1]))
	bury(&d.Orders)
	bury(&d.Quotes)
	bury(&d.Fills)
	bury(&d.Evicts)
	bury(&d.MarginEvicts)
	bury(&d.Cancels)
	bury(&d.CancelAlls)
	bury(&d.Collects)
	bury(&d.Burns)
	bury(&d.ItemBurns)
	return d
}

func bury[S any](slots *[]S) {
	var dead S
	*slots = append(*slots, dead)
	for i := range *slots {
		chiptest.Bury(&(*slots)[i])
	}
}

func buried(s layout.SheetSlot) layout.SheetSlot {
	chiptest.Bury(&s)
	return s
}

func variables(columns []int64) []kernel.Variable {
	out := make([]kernel.Variable, len(columns))
	for i, c := range columns {
		out[i] = c
	}
	return out
}

// message is what the signature of a sheet is about: holder, head, cells.
func (e *engine) message(s layout.SheetSlot) []kernel.Variable {
	number := func(v kernel.Variable) int64 { return chiptest.Number(v).Int64() }
	body := pack(layout.BodySheet, number(s.Market), number(s.Replace), number(s.Expiry))
	out := []kernel.Variable{
		number(s.Account) + number(s.LaneRow.Version)<<layout.AccountBits,
		word(number(s.Account), layout.KindSheet, number(s.Lane), number(s.Counter), body),
	}
	for i := 0; i < layout.SheetItems; i += 2 {
		cell := new(big.Int)
		for j, item := range s.Items[i : i+2] {
			bits := chiptest.Number(item.Bits)
			bits.Lsh(bits, 1).Add(bits, chiptest.Number(item.Kind))
			cell.Add(cell, bits.Lsh(bits, uint(layout.ItemShift*j)))
		}
		out = append(out, cell)
	}
	return out
}

func ceil(a, b int64) int64 { return (a + b - 1) / b }
