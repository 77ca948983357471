// Package header loads and stores the header page of an account: key, owner, cash, lanes and positions, and with them
// the margin of the account at the end of the batch.
//
// Rules and their arguments for cells and rows are those of chips/page. The page's leaf and all its rows' addresses come
// from the one account number, checked to 24 bits. What the page does not keep is constant zero before and after: the
// mask of extension pages (cell 1), cells 13 and 14. The version of all eight lanes is the one version of cell 1.
//
// Margin has no time: old and new fields are those of the page, so an account that was touched at all is judged, on
// everything it has, by what it came with and what it leaves with (chips/margin). OUTFLOW tuples are puts of operations
// on this account; they are taken here with the multiplicity n, which the bus forces to be their number; the bit of
// n = 0 is exact.
//
// A lying prover may choose the salt that is stored, and everything in a dead slot, except that it takes no OUTFLOW:
// else a dead page of the account could take them from under the rule of the live one. Lane rows of the witness carry a
// version of their own, which nothing reads.
package header

import (
	"novate/circuits/chips/margin"
	"novate/circuits/chips/page"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain loads and stores the page where the slot is live. markets are margin.Markets of the batch.
func Constrain(k *kernel.Kernel, s layout.HeaderSlot, markets [layout.Markets]margin.Market) {
	k.Chip("header")
	live := k.Boolean("page: live is a bit", s.Live)
	k.Range("page: account fits", s.Account, 2)
	before, after := versions(s)
	exact(k, before)
	rows(k, s, before, after, live)
	index := k.API.Add(layout.HeaderIndex, s.Account)
	page.Leaf(k, layout.HeaderLevel, index, before.cells(k), after.cells(k), live)

	k.Chip("margin")
	k.Product("margin: a dead page takes no outflow", k.Not(live).Value(), s.Outflows, 0)
	k.TakeCounted(kernel.TagOutflow, s.Account, nil, s.Outflows)
	outflow := k.Not(k.IsZero(s.Outflows))
	margin.Decide(k, markets, before.holding(), after.holding(), outflow)
}

// version is the page at one time.
type version struct {
	identity  layout.IdentityRow
	cash      layout.CashRow
	counters  [layout.Lanes]kernel.Variable
	positions [layout.Markets]layout.PositionRow
	salt      kernel.Variable
}

func versions(s layout.HeaderSlot) (before, after version) {
	before = version{identity: s.Identity.Before, cash: s.Cash.Before, salt: s.SaltBefore}
	after = version{identity: s.Identity.After, cash: s.Cash.After, salt: s.SaltAfter}
	for i, lane := range s.Lanes {
		before.counters[i], after.counters[i] = lane.Before.Counter, lane.After.Counter
	}
	for j, position := range s.Positions {
		before.positions[j], after.positions[j] = position.Before, position.After
	}
	return before, after
}

// lane is the row of a lane: its counter, and the version of the key.
func (v version) lane(i int) kernel.Row {
	return kernel.Lane(layout.LaneRow{Counter: v.counters[i], Version: v.identity.Version})
}

func (v version) holding() margin.Holding {
	return margin.Holding{Cash: v.cash.Cash, Positions: v.positions}
}

// cells are the first cells of the page; salt is the last.
func (v version) cells(k *kernel.Kernel) []kernel.Variable {
	const noMask = 0
	cells := []kernel.Variable{
		v.identity.Key,
		k.Pack(layout.IdentityCell, v.identity.Owner, v.identity.Version, noMask),
		v.cash.Cash,
		k.Pack(layout.LaneCell, v.counters[:4]...),
		k.Pack(layout.LaneCell, v.counters[4:]...),
	}
	for _, p := range v.positions {
		cells = append(cells, k.Pack(layout.PositionCell, p.Size, p.Buy, p.Sell, p.Epoch, p.Count, p.Funding))
	}
	return append(cells, 0, 0, v.salt)
}

// exact states that every field as loaded fits its width.
func exact(k *kernel.Kernel, v version) {
	page.Exact(k, "identity", layout.IdentityCell[:2], v.identity.Owner, v.identity.Version)
	k.Range("page: cash", k.API.Add(v.cash.Cash, kernel.Power(layout.CashBits-1)), layout.CashBits/kernel.LimbBits)
	page.Exact(k, "header", layout.LaneCell, v.counters[:4]...)
	page.Exact(k, "header", layout.LaneCell, v.counters[4:]...)
	for _, p := range v.positions {
		size := k.API.Add(p.Size, kernel.Power(layout.SizeBits-1))
		page.Exact(k, "position", layout.PositionCell, size, p.Buy, p.Sell, p.Epoch, p.Count, p.Funding)
	}
}

// rows loads and stores the rows of the page.
func rows(k *kernel.Kernel, s layout.HeaderSlot, before, after version, live kernel.Bit) {
	a := s.Account
	page.Row(k, layout.TagIdentity, a, s.Identity.Closing,
		kernel.Identity(before.identity), kernel.Identity(after.identity), live)
	page.Row(k, layout.TagCash, a, s.Cash.Closing, kernel.Cash(before.cash), kernel.Cash(after.cash), live)
	for i, lane := range s.Lanes {
		page.Row(k, layout.TagLane, k.LaneAddress(a, i), lane.Closing, before.lane(i), after.lane(i), live)
	}
	for j, position := range s.Positions {
		page.Row(k, layout.TagPosition, k.PositionAddress(a, j), position.Closing,
			kernel.Position(before.positions[j]), kernel.Position(after.positions[j]), live)
	}
}
