package kernel

import "math/big"

// Bit is a wire that is proven to be 0 or 1. Only the functions of this file make one, so that a multiplicity of
// ownership (see bus.go) can be nothing else.
type Bit struct{ value Variable }

// One and Zero are constants.
var (
	One  = Bit{1}
	Zero = Bit{0}
)

// Value is the wire itself.
func (b Bit) Value() Variable { return b.value }

// Boolean states that x is 0 or 1.
func (k *Kernel) Boolean(rule string, x Variable) Bit {
	if k.state(rule, 1) {
		if v := k.see(x); !v.IsUint64() || v.Uint64() > 1 {
			k.watch.fail(rule)
		}
		return Bit{x}
	}
	k.API.AssertIsBoolean(x)
	return Bit{x}
}

// Not is 1 - b, free.
func (k *Kernel) Not(b Bit) Bit { return Bit{k.API.Sub(1, b.value)} }

// And is the product of two bits.
func (k *Kernel) And(a, b Bit) Bit { return Bit{k.API.Mul(a.value, b.value)} }

// Split is (a and b, a and not b), for one constraint.
func (k *Kernel) Split(a, b Bit) (both, rest Bit) {
	both = k.And(a, b)
	return both, Bit{k.API.Sub(a.value, both.value)}
}

// Or is 1 where a or b is.
func (k *Kernel) Or(a, b Bit) Bit {
	return Bit{k.API.Sub(k.API.Add(a.value, b.value), k.API.Mul(a.value, b.value))}
}

// IsZero is the exact bit of x = 0 (two constraints: b = 1 - x*y and x*b = 0; no choice of y changes b).
func (k *Kernel) IsZero(x Variable) Bit { return Bit{k.API.IsZero(x)} }

// Select is yes where b is 1, else no.
func (k *Kernel) Select(b Bit, yes, no Variable) Variable {
	return k.API.Add(no, k.API.Mul(b.value, k.API.Sub(yes, no)))
}

// NotNegative is the exact bit of d >= 0, for a d that lies within 12*limbs bits on either side of zero.
//
// Given d with |d| < 2^(12 limbs) (else no witness passes, or the caller's field arithmetic wrapped: the caller bounds
// it). Hinted b. Checked b boolean; d in range if b = 1, -d-1 in range if b = 0. Unique, as d and -d-1 are never both
// in [0, 2^(12 limbs)) when 2^(12 limbs + 1) is below the field.
func (k *Kernel) NotNegative(rule string, d Variable, limbs int) Bit {
	b := k.Boolean(rule, k.hint("sign: "+rule, signHint, 1, d)[0])
	twice := k.API.Add(k.API.Mul(d, 2), 1)
	k.Range(rule, k.API.Sub(k.API.Mul(b.value, twice), d, 1), limbs)
	return b
}

// Absolute is |d|, for |d| < 2^(12 limbs). Zero has two signs and one absolute value, so the bit need not be exact.
func (k *Kernel) Absolute(rule string, d Variable, limbs int) Variable {
	b := k.Boolean(rule, k.hint("sign: "+rule, signHint, 1, d)[0])
	magnitude := k.API.Sub(k.API.Mul(b.value, k.API.Mul(d, 2)), d)
	k.Range(rule, magnitude, limbs)
	return magnitude
}

// Sign is an unproven guess at d >= 0: the caller binds it.
func (k *Kernel) Sign(label string, d Variable) Variable {
	return k.hint("sign: "+label, signHint, 1, d)[0]
}

// Excess is max(0, d) for |d| < 2^(12 limbs): s*d for a boolean s such that both s*d and s*d - d are in range, which
// sum to |d| and of which one is zero.
//
// Given d. Hinted s. Checked s boolean, 2*s*d - d = |d| in range. If d > 0 then s = 0 gives -d, out of range; if d < 0
// then s = 1 gives d, out of range; d = 0 gives 0 either way. Unique value.
func (k *Kernel) Excess(rule string, d Variable, limbs int) Variable {
	s := k.Boolean(rule, k.Sign(rule, d))
	excess := k.API.Mul(s.value, d)
	k.Range(rule, k.API.Sub(k.API.Mul(excess, 2), d), limbs)
	return excess
}

func signHint(field *big.Int, in, out []*big.Int) error {
	half := new(big.Int).Rsh(field, 1)
	out[0].SetInt64(0)
	if in[0].Cmp(half) <= 0 {
		out[0].SetInt64(1)
	}
	return nil
}
