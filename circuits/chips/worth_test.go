package chips_test

import (
	"math/big"

	"novate/circuits/layout"
)

// worth is an account's value: equity, requirement, requirement of its positions alone.
type worth struct{ e, q, p int64 }

func abs(x int64) int64 { return max(x, -x) }

func (w worth) whole() bool { return product(2*layout.Million, w.e).Cmp(big.NewInt(w.q)) >= 0 }
func (w worth) high() bool  { return product(32*layout.Million, w.e).Cmp(big.NewInt(w.p)) >= 0 }

// value is an account's with the row of the traded market replaced and its cash moved.
func (e *engine) value(account int64, row []int64, delta int64) worth {
	w := worth{e: e.read(layout.TagCash, account)[0] + delta}
	for m := int64(0); m < layout.Markets; m++ {
		p := e.held(account, m)
		if m == traded && row != nil {
			p = row
		}
		const both = initial + reserve
		w.e += p[pSize] * mark
		w.p += 2 * mark * initial * abs(p[pSize])
		w.q += mark * (both*(p[pBuy]+p[pSell]) + abs(2*initial*p[pSize]+both*(p[pBuy]-p[pSell])))
	}
	return w
}

// poor tells whether a fill of q lots would not be admissible for the record's owner.
func (e *engine) poor(owner int64, w *walk, r, p []int64, q int64) bool {
	after := append([]int64{}, p...)
	after[pSize] -= direction(w.o.side) * q
	after[pSell-w.o.side] -= q
	cost := q * r[oPrice]
	v0 := e.value(owner, nil, 0)
	v1 := e.value(owner, after, direction(w.o.side)*cost-ceil(cost*makerFee, layout.Million))
	switch s0, s1 := p[pSize], after[pSize]; {
	case v1.whole():
		return false
	case v0.whole(), v1.q > v0.q, !(0 <= s1 && s1 <= s0 || s0 <= s1 && s1 <= 0):
		return true
	case v0.high():
		return !v1.high() || product(v1.e, v0.p).Cmp(product(v0.e, v1.p)) < 0
	default:
		return 32*layout.Million*(v1.e-v0.e)+v0.p-v1.p < 0
	}
}

func product(a, b int64) *big.Int { return new(big.Int).Mul(big.NewInt(a), big.NewInt(b)) }
