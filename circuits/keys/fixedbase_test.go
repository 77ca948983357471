package keys

import (
	"math/big"
	"sync/atomic"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// awkward are scalars at the edges of windows and of the field, and random ones.
func awkward(t *testing.T, random int) []fr.Element {
	t.Helper()
	var out []fr.Element
	add := func(x *big.Int) {
		var e fr.Element
		out = append(out, *e.SetBigInt(x))
	}
	for i := range 10 {
		add(big.NewInt(int64(i)))
		add(new(big.Int).Sub(fr.Modulus(), big.NewInt(int64(i+1))))
	}
	for bits := range 254 {
		power := new(big.Int).Lsh(big.NewInt(1), uint(bits))
		add(power)
		add(new(big.Int).Sub(power, big.NewInt(1)))
		add(new(big.Int).Add(power, big.NewInt(1)))
	}
	for range random {
		var e fr.Element
		if _, err := e.SetRandom(); err != nil {
			t.Fatal(err)
		}
		out = append(out, e)
	}
	return out
}

func TestTablesMultiplyAsGnarkDoes(t *testing.T) {
	_, _, g1, g2 := bn254.Generators()
	for _, random := range []int{0, 5000} {
		scalars := awkward(t, random)
		var done atomic.Int64
		got := newGeneratorG1(len(scalars)).multiply(scalars, func(points int) { done.Add(int64(points)) })
		want := bn254.BatchScalarMultiplicationG1(&g1, scalars)
		for i := range scalars {
			if got[i] != want[i] {
				t.Fatalf("G1: %v times the base is %v, not %v", scalars[i].String(), got[i], want[i])
			}
		}
		if done.Load() != int64(len(scalars)) {
			t.Errorf("heard of %d points of %d", done.Load(), len(scalars))
		}
		twins := newGeneratorG2(len(scalars)).multiply(scalars, func(int) {})
		wanted := bn254.BatchScalarMultiplicationG2(&g2, scalars)
		for i := range scalars {
			if twins[i] != wanted[i] {
				t.Fatalf("G2: %v times the base is %v, not %v", scalars[i].String(), twins[i], wanted[i])
			}
		}
	}
}

func TestNoScalarsAreNoPoints(t *testing.T) {
	if len(newGeneratorG1(0).multiply(nil, func(int) {})) != 0 {
		t.Error("points out of nothing")
	}
}

func TestEveryWindowReadsTheWholeScalar(t *testing.T) {
	var minusOne fr.Element
	minusOne.SetOne()
	minusOne.Neg(&minusOne)
	digits := minusOne.Bits()
	for width := 2; width <= 16; width++ {
		total := new(big.Int)
		for at := 0; at < fr.Bits; at += width {
			digit := new(big.Int).SetUint64(window(&digits, at, width))
			total.Add(total, digit.Lsh(digit, uint(at)))
		}
		if total.Cmp(minusOne.BigInt(new(big.Int))) != 0 {
			t.Errorf("windows of %d bits give %v", width, total)
		}
	}
}

func BenchmarkMultiples(b *testing.B) {
	scalars := make([]fr.Element, 1<<18)
	for i := range scalars {
		if _, err := scalars[i].SetRandom(); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("G1", func(b *testing.B) {
		for b.Loop() {
			newGeneratorG1(len(scalars)).multiply(scalars, func(int) {})
		}
	})
	b.Run("G2", func(b *testing.B) {
		for b.Loop() {
			newGeneratorG2(len(scalars)).multiply(scalars, func(int) {})
		}
	})
}
