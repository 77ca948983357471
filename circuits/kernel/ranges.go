package kernel

import (
	"fmt"
	"math/big"
)

// LimbBits is the width of the one lookup table behind all range checks.
const LimbBits = 12

// Range states 0 <= x < 2^(12 limbs).
//
// Given x, with 12 limbs below the field's 253 bits. Hinted the low limbs; the top one is the linear remainder over
// 2^(12 (limbs-1)). Checked every limb is in the table of 0..4095 (bus.go). Unique: a sum of limbs below the field has
// one decomposition, and x equals that sum by construction of the top limb.
func (k *Kernel) Range(rule string, x Variable, limbs int) {
	if limbs < 1 || limbs*LimbBits > 252 {
		panic(fmt.Sprintf("kernel: %s: %d limbs", rule, limbs))
	}
	if k.state(rule, limbs) {
		if k.see(x).BitLen() > LimbBits*limbs {
			k.watch.fail(rule)
		}
		return
	}
	k.book.limbs = append(k.book.limbs, k.limbs(x, limbs)...)
}

// limbs is the decomposition, low first; the top limb is linear in x.
func (k *Kernel) limbs(x Variable, n int) []Variable {
	if n == 1 {
		return []Variable{x}
	}
	low, err := k.API.Compiler().NewHint(limbHint, n-1, x)
	if err != nil {
		panic(err)
	}
	rest := x
	for i, limb := range low {
		rest = k.API.Sub(rest, k.Shift(limb, LimbBits*i))
	}
	inverse := new(big.Int).ModInverse(Power(LimbBits*(n-1)), k.API.Compiler().Field())
	return append(low, k.API.Mul(rest, inverse))
}

// Bits states 0 <= x < 2^bits for any width: whole limbs, and for a broken width the shifted value as well.
func (k *Kernel) Bits(rule string, x Variable, bits int) {
	limbs := (bits + LimbBits - 1) / LimbBits
	k.Range(rule, x, limbs)
	if spare := limbs*LimbBits - bits; spare > 0 {
		if limbs > 1 {
			panic(fmt.Sprintf("kernel: %s: %d bits are not whole limbs; range-check the top part by itself", rule, bits))
		}
		k.Range(rule, k.Shift(x, spare), 1)
	}
}

// Below states 0 <= x < bound, for a bound of at most 12 limbs bits.
func (k *Kernel) Below(rule string, x Variable, bound int64, limbs int) {
	k.Range(rule, x, limbs)
	k.Range(rule, k.API.Sub(bound-1, x), limbs)
}

// BelowConstant states 0 <= x < bound for a wide constant bound: x in whole limbs, and the part of x above the lowest
// limbs at most that of bound.
//
// Given x. Checked x in limbs; top(x) <= top(bound) - 1 over its highest four limbs, so x < bound. Incomplete for x
// within 2^-40 of the bound (relative), never unsound: such x are refused.
func (k *Kernel) BelowConstant(rule string, x Variable, bound *big.Int) {
	n := (bound.BitLen() + LimbBits - 1) / LimbBits
	const top = 4
	if n <= top {
		k.Range(rule, x, n)
		k.Range(rule, k.API.Sub(new(big.Int).Sub(bound, big.NewInt(1)), x), n)
		return
	}
	highest := new(big.Int).Rsh(bound, uint(LimbBits*(n-top)))
	if k.state(rule, n+top) {
		limit := new(big.Int).Lsh(highest, uint(LimbBits*(n-top)))
		if k.see(x).Cmp(limit) >= 0 {
			k.watch.fail(rule)
		}
		return
	}
	limbs := k.limbs(x, n)
	k.book.limbs = append(k.book.limbs, limbs...)
	var high Variable = 0
	for i := range top {
		high = k.API.Add(high, k.Shift(limbs[n-top+i], LimbBits*i))
	}
	k.book.limbs = append(k.book.limbs, k.limbs(k.API.Sub(highest.Sub(highest, big.NewInt(1)), high), top)...)
}

func limbHint(_ *big.Int, in, out []*big.Int) error {
	rest := new(big.Int).Set(in[0])
	mask := big.NewInt(1<<LimbBits - 1)
	for i := range out {
		out[i].And(rest, mask)
		rest.Rsh(rest, LimbBits)
	}
	return nil
}
