package signature

import (
	"novate/circuits/curve"
	"novate/circuits/kernel"
	"novate/circuits/layout"
	"novate/circuits/schnorr"
)

// Signer proves the key of slot i: that of its account, read at a free time. It puts SIGNER(i; key, account + 2^24
// version) for any number of signatures.
func (v *Verifier) Signer(i int, s layout.SignerSlot) {
	k := v.k
	k.Chip("signer")
	live := k.Boolean("signer: live is a bit", s.Live)
	k.Range("signer: account fits", s.Account, 2)
	k.Range("signer: time fits", s.Time, 2)
	v.key("signer: key in subgroup", "signer: key of the account", i, s.Identity.Key, live)
	k.Read(layout.TagIdentity, s.Account, s.Identity.Previous, kernel.Identity(s.Identity.IdentityRow), s.Time, live)
	holder := k.API.Add(s.Account, k.Shift(s.Identity.Version, layout.AccountBits))
	k.Tables.Signer.Add(i, kernel.NewRow(s.Identity.Key, holder), live)
}

// key states that x is the Edwards x of a point A of the prime subgroup, not the identity, and puts the comb's table of A.
// inside and same name the rules.
//
//	Given:   x, live.
//	Hinted:  a point E with 8 E = A.
//	Checked: E is on the curve, doubled three times to A, and x Y = B X for A = (X, Y).
//	Unique:  the curve has 8 l points, so 8 E lies in the subgroup; it is an affine point, so not the identity. Doubling
//	         meets Y = 0 for no witness (chords.double). A has odd order, so Y != 0 and x = B X/Y is its Edwards x; X != 0,
//	         so x != 0: the empty identity row has no key. At most one A has this x. E is unique up to the eight points
//	         of order dividing 8, all with the same A.
//
// Where live is 0 the equation is about x + Base.X, so that x = 0 passes with the base point in the key's place.
func (v *Verifier) key(inside, same string, number int, x kernel.Variable, live kernel.Bit) {
	k := v.k
	c := chords{k, inside}
	eighth := k.Hint("signature: eighth of a key", eighthHint, 2, live.Value(), x)
	k.Commit(eighth...)
	a := point{eighth[0], eighth[1]}
	onCurve(k, c.rule, a)
	for range 3 {
		a = c.double(a)
	}
	shown := k.API.Add(x, k.API.Mul(k.Not(live).Value(), integer(curve.Base.X)))
	k.Product(same, shown, a.Y, k.API.Mul(a.X, scale))
	pair := &kernel.Pair{A: number, B: 0}
	for mask, p := range c.table(a) {
		v.comb.AddDerived(k.API.Add(schnorr.Spread(mask), k.Shift(number, tableBits)), kernel.Row{{A: p.X, B: p.Y}, pair}, kernel.One)
	}
}

// tableBits is where the number of a table stands in the keys of its rows. It is there so that keys are different, which
// the count of a row's readers goes by; what binds it is its column: a digit of e is not range-checked, and could shift
// a key alone into the next table.
const tableBits = schnorr.ChallengeBits

// table is schnorr.Table in the circuit: (2^106 + Spread(mask)) A for the 64 masks, 613 constraints.
//
// A has the prime order l > 2^250. Doublings start from points of that order, so Y != 0. An addition meets
// (2^106 + Spread(mask)) A, mask < 2^i, and 2^(21 i) A, i < 6: the multiples are different, and their sum lies between
// 0 and 2^108, so they are neither equal nor opposite modulo l.
func (c chords) table(a point) []point {
	heads := make([]point, schnorr.KeyRows)
	heads[0] = a
	for i := 1; i < len(heads); i++ {
		heads[i] = heads[i-1]
		for range schnorr.Columns {
			heads[i] = c.double(heads[i])
		}
	}
	table := make([]point, 1<<schnorr.KeyRows)
	table[0] = c.double(heads[len(heads)-1])
	for i, head := range heads {
		for mask := range 1 << i {
			table[mask|1<<i] = c.add(table[mask], head)
		}
	}
	return table
}
