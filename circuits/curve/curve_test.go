package curve

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// torsion8 is a point of order eight: l times any point off the index-two subgroups.
func torsion8(t *testing.T) Edwards {
	t.Helper()
	for y := uint64(2); y < 100; y++ {
		var p Edwards
		var one, square, denominator fr.Element
		one.SetOne()
		p.Y.SetUint64(y)
		square.Square(&p.Y) // x^2 = (y^2 - 1)/(1 + d y^2)
		denominator.Mul(&d, &square)
		denominator.Add(&one, &denominator).Inverse(&denominator)
		square.Sub(&square, &one).Mul(&square, &denominator)
		if p.X.Sqrt(&square) == nil {
			continue
		}
		q := Multiply(p, Order())
		if four := Multiply(q, big.NewInt(4)); !four.IsZero() {
			return q
		}
	}
	t.Fatal("no point of order eight")
	return Edwards{}
}

func plus(p, q Edwards) (sum Edwards) { sum.Add(&p, &q); return sum }

func TestModelsAgree(t *testing.T) {
	for k := int64(1); k < 20; k++ {
		p := Multiply(Base, big.NewInt(k))
		w := FromEdwards(p)[0]
		if x := w.EdwardsX(); !w.On() || !x.Equal(&p.X) {
			t.Fatalf("%d times the base point changes on its way through the Weierstrass model", k)
		}
	}
	if !Torsion.On() {
		t.Fatal("the torsion point is off the curve")
	}
}

func TestLift(t *testing.T) {
	found := 0
	for k := uint64(1); k < 50; k++ {
		var x fr.Element
		x.SetUint64(k)
		if p, ok := Lift(x); ok {
			found++
			if !p.On() || !p.X.Equal(&x) {
				t.Fatalf("lift of %d is off the curve", k)
			}
		}
	}
	if found < 15 || found > 35 {
		t.Fatalf("%d of 49 abscissas have a point", found)
	}
}

// Exactly one of the eight points that differ by torsion is in the subgroup, whichever test one asks.
func TestSubgroup(t *testing.T) {
	shift := torsion8(t)
	p := Multiply(Base, big.NewInt(424242))
	for i := range 8 {
		byOrder := Multiply(p, Order())
		if inside := i == 0; byOrder.IsZero() != inside || p.IsInSubGroup() != inside || !p.IsOnCurve() {
			t.Fatalf("shift %d: wrong subgroup", i)
		}
		p = plus(p, shift)
	}
}

func TestFromX(t *testing.T) {
	p := Multiply(Base, big.NewInt(99))
	if q, ok := FromX(p.X); !ok || !q.Equal(&p) {
		t.Fatal("the point of an x is another one")
	}
	outside := plus(p, torsion8(t))
	var off fr.Element
	for off.SetUint64(2); ; off.SetUint64(off.Uint64() + 1) {
		if _, ok := FromX(off); !ok {
			break
		}
	}
	for name, x := range map[string]fr.Element{"zero": {}, "off the subgroup": outside.X, "off the curve": off} {
		if _, ok := FromX(x); ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

// The Weierstrass model has one point with Y = 0, so a doubling in a circuit divides by zero nowhere else.
func TestOnlyOneTwoTorsionPoint(t *testing.T) {
	var discriminant, four fr.Element // of X^2 + A2 X + A4
	discriminant.Square(&A2)
	four.SetUint64(4)
	four.Mul(&four, &A4)
	discriminant.Sub(&discriminant, &four)
	if discriminant.Legendre() != -1 {
		t.Fatal("X^2 + A2 X + A4 has a root")
	}
}

func TestNoSquare(t *testing.T) {
	if d.Legendre() != -1 {
		t.Fatal("d is a square: addition is not complete")
	}
	var one, minus fr.Element
	one.SetOne()
	minus.Neg(&one)
	if minus.Legendre() != 1 {
		t.Fatal("-1 is no square: addition is not complete")
	}
}

func TestZeroXPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Fatal("mapped a point that has no image")
		}
	}()
	FromEdwards(Edwards{})
}
