package signature

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/curve"
	"novate/circuits/kernel"
	"novate/circuits/schnorr"
)

// startBits bounds how far beyond the challenge the start's X may lie. Every second X has a point: that none of 256 in a
// row has one does not happen.
const startBits = 8

// sum adds up the columns of every signature, from a start U that the challenge draws, and states that the sum less
// what U became is a point with x = R.x:
//
//	sum over j of 2^j (base_j - key_j) = (S + BaseShift) B - e* A = R + BaseShift B.
//
// Chords are incomplete, so U must keep every addition off its exceptions, whatever was looked up. A partial sum P is
// 2^i U + K, i < 21, where K and the next point Q are committed before the challenge. Adding Q is exceptional only if
// P = Q or P = -Q, and doubleAdd besides if 2P = -Q: at most three values of 2^i U or 2^(i+1) U, each with at most eight U,
// as multiplication by a power of two takes at most eight points to one. U's X is one of 256 beyond the challenge. With
// fewer than 2^20 additions a batch, fewer than 2^(20 + 5 + 8) of some 2^253 challenges are bad, and for any other the
// sums are those of the group, so R does not depend on the challenge: R.x needs no commitment, its hash has one.
//
// The last addition, of -(2^20 U + BaseShift B), meets an equal X only if R is the identity; its numerator is then
// -2Y != 0, so no witness passes: R is never the identity. In a live signature R is a sum of points of the subgroup, so
// of odd order, so its Y is not zero and B X/Y is its Edwards x.
func (v *Verifier) sum(challenge kernel.Variable) error {
	if len(v.pending) == 0 {
		return nil
	}
	k := v.k
	k.Chip("signature")
	c := chords{k, "signature: the equation holds"}
	start := v.start(challenge)
	end := start
	for range schnorr.Columns - 1 {
		end = c.double(end)
	}
	end = c.minus(c.add(end, constant(surplus())))
	for _, signature := range v.pending {
		r := c.add(c.columns(start, signature), end)
		k.Product(c.rule, signature.rx, r.Y, k.API.Mul(r.X, scale))
	}
	return nil
}

// columns is 2^20 start + sum of 2^j (base_j - key_j), 166 constraints.
func (c chords) columns(start point, s columns) point {
	sum := start
	for j := schnorr.Columns - 1; j >= 0; j-- {
		if j == schnorr.Columns-1 {
			sum = c.add(sum, s.base[j])
		} else {
			sum = c.doubleAdd(sum, s.base[j])
		}
		sum = c.add(sum, c.minus(s.key[j]))
	}
	return sum
}

// start is a point with X = challenge + n, n below 256.
//
//	Given:   the challenge.
//	Hinted:  eight bits of n, and Y.
//	Checked: bits are bits, (X, Y) is on the curve.
//	Unique:  not, and it need not be: sum counts all 512 choices.
func (v *Verifier) start(challenge kernel.Variable) point {
	k := v.k
	const rule = "signature: start drawn by the challenge"
	hinted := k.Hint("signature: start", startHint, startBits+1, challenge)
	x := challenge
	for i := range startBits {
		x = k.API.Add(x, k.Shift(k.Boolean(rule, hinted[i]).Value(), i))
	}
	start := point{x, hinted[startBits]}
	onCurve(k, rule, start)
	return start
}

// surplus is BaseShift B, what the offsets of the base point's table add up to.
func surplus() curve.Weierstrass {
	return curve.FromEdwards(curve.Multiply(curve.Base, schnorr.BaseShift))[0]
}

func startOf(challenge fr.Element) (n uint64, p curve.Weierstrass, ok bool) {
	for n = range uint64(1 << startBits) {
		var x fr.Element
		x.SetUint64(n)
		if p, ok = curve.Lift(*x.Add(&x, &challenge)); ok {
			return n, p, true
		}
	}
	return 0, p, false
}
