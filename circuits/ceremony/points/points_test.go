package points

import (
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
)

// awkward are scalars at which recoding may go wrong, and some random ones.
func awkward(t testing.TB, random int) []fr.Element {
	t.Helper()
	var scalars []fr.Element
	for _, n := range []int64{0, 1, 2, 15, 16, 17, 31, 32, 1 << 40, -1 << 63, 1<<63 - 1} {
		var s, negative fr.Element
		s.SetInt64(n)
		scalars = append(scalars, s, *negative.Neg(&s))
	}
	var l, square, more fr.Element
	l.SetBigInt(lambda)
	square.Square(&l)
	more.Add(&l, more.SetUint64(1))
	scalars = append(scalars, l, square, more)
	for _, bits := range []uint{63, 64, 65, 126, 127, 128, 129, 200, 253} {
		var s fr.Element
		s.SetBigInt(new(big.Int).Lsh(big.NewInt(1), bits))
		scalars = append(scalars, s)
	}
	for range random {
		var s fr.Element
		if _, err := s.SetRandom(); err != nil {
			t.Fatal(err)
		}
		scalars = append(scalars, s)
	}
	return scalars
}

func TestShortVectorsAddUpToZero(t *testing.T) {
	lambdaMu := new(big.Int).Mul(lambda, mu)
	for _, vector := range quarterBasis {
		sum := new(big.Int)
		for i, factor := range []*big.Int{big.NewInt(1), lambda, mu, lambdaMu} {
			sum.Add(sum, new(big.Int).Mul(polynomial(vector[i][:]...), factor))
		}
		if sum.Mod(sum, fr.Modulus()).Sign() != 0 {
			t.Error(vector)
		}
	}
}

func timesG1(p curve.G1Affine, s fr.Element) curve.G1Affine {
	var n big.Int
	return *p.ScalarMultiplication(&p, s.BigInt(&n))
}

func timesG2(p curve.G2Affine, s fr.Element) curve.G2Affine {
	var n big.Int
	return *p.ScalarMultiplication(&p, s.BigInt(&n))
}

func TestMultiplesAreGnarks(t *testing.T) {
	scalars := awkward(t, laneCount)
	_, _, one, two := curve.Generators()
	g1, g2 := make([]curve.G1Affine, len(scalars)), make([]curve.G2Affine, len(scalars))
	for i, s := range awkward(t, laneCount) {
		g1[i], g2[i] = timesG1(one, s), timesG2(two, s) // infinity among them
	}
	for i := range 40 {
		g1[len(g1)-1-i], g2[len(g2)-1-i] = one, two
		scalars[len(g1)-1-i] = scalars[i] // an awkward scalar of a point that is none
	}
	got1, got2 := append([]curve.G1Affine{}, g1...), append([]curve.G2Affine{}, g2...)
	G1.Scale(got1, func(i int) fr.Element { return scalars[i] })
	G2.Scale(got2, func(i int) fr.Element { return scalars[i] })
	for i, s := range scalars {
		if got1[i] != timesG1(g1[i], s) {
			t.Errorf("G1: %s times point %d", s.String(), i)
		}
		if got2[i] != timesG2(g2[i], s) {
			t.Errorf("G2: %s times point %d", s.String(), i)
		}
	}
}

// lagrangeG1 is the definition: the sum of w^(-ij) / N times the powers.
func lagrangeOf(powers []curve.G1Affine, root, inverse fr.Element) []curve.G1Affine {
	out := make([]curve.G1Affine, len(powers))
	var step fr.Element
	step.Set(&inverse)
	for i := range out {
		var factor fr.Element
		factor.Exp(root, big.NewInt(int64(-i)))
		at := inverse
		for j := range powers {
			term := timesG1(powers[j], at)
			out[i].Add(&out[i], &term)
			at.Mul(&at, &factor)
		}
	}
	return out
}

func BenchmarkScale(b *testing.B) {
	_, _, one, two := curve.Generators()
	scalars := awkward(b, 4096)
	g1, g2 := make([]curve.G1Affine, 4096), make([]curve.G2Affine, 4096)
	for i := range g1 {
		g1[i], g2[i] = timesG1(one, scalars[i+30]), timesG2(two, scalars[i+30])
	}
	b.Run("G1", func(b *testing.B) {
		for b.Loop() {
			G1.Scale(g1, func(i int) fr.Element { return scalars[i+30] })
		}
	})
	b.Run("G2", func(b *testing.B) {
		for b.Loop() {
			G2.Scale(g2, func(i int) fr.Element { return scalars[i+30] })
		}
	})
	b.Run("gnark", func(b *testing.B) {
		for b.Loop() {
			for i := range 512 {
				g1[i] = timesG1(g1[i], scalars[i+30])
			}
		}
	})
	b.Run("gnark2", func(b *testing.B) {
		for b.Loop() {
			for i := range 512 {
				g2[i] = timesG2(g2[i], scalars[i+30])
			}
		}
	})
}

func TestLagrangeIsTheInverseTransform(t *testing.T) {
	_, _, one, two := curve.Generators()
	var x fr.Element
	x.SetUint64(12345)
	for _, n := range []int{1, 2, 4, 8, 64} {
		var at fr.Element
		at.SetOne()
		g1, g2 := make([]curve.G1Affine, n), make([]curve.G2Affine, n)
		for i := range g1 {
			g1[i], g2[i] = timesG1(one, at), timesG2(two, at)
			at.Mul(&at, &x)
		}
		domain := fft.NewDomain(uint64(n))
		want := lagrangeOf(g1, domain.Generator, domain.CardinalityInv)
		got1, got2 := G1.Lagrange(g1), G2.Lagrange(g2)
		if !slices.Equal(got1, want) {
			t.Errorf("G1, %d powers", n)
		}
		for i := range n { // the same multiples of both generators
			same, err := curve.PairingCheck([]curve.G1Affine{got1[i], *one.Neg(&one)}, []curve.G2Affine{two, got2[i]})
			if one.Neg(&one); err != nil || !same {
				t.Errorf("G2, %d of %d powers: %v", i, n, err)
			}
		}
	}
	all := slices.Repeat([]curve.G1Affine{one}, 32) // 1, 1, 1 ...: a domain's member, so all but one polynomial vanish
	got := G1.Lagrange(all)
	if got[0] != one || !slices.Equal(got[1:], make([]curve.G1Affine, 31)) {
		t.Error("of a power of one")
	}
}

func TestColumnsAreSums(t *testing.T) {
	scalars := awkward(t, 30)
	_, _, one, two := curve.Generators()
	const rows, width = 700, 9
	parts1, parts2 := make([]Part[curve.G1Affine], 2), make([]Part[curve.G2Affine], 2)
	want1, want2 := make([]curve.G1Affine, width), make([]curve.G2Affine, width)
	random := rand.New(rand.NewPCG(1, 2))
	for p := range parts1 {
		for r := range rows {
			s := scalars[random.IntN(len(scalars))]
			p1, p2 := timesG1(one, s), timesG2(two, s)
			var row []Term
			for range random.IntN(4) {
				term := Term{uint32(random.IntN(width) * random.IntN(2)), uint32(random.IntN(len(scalars)))}
				row = append(row, term)
				t1, t2 := timesG1(p1, scalars[term.Coefficient]), timesG2(p2, scalars[term.Coefficient])
				want1[term.Column].Add(&want1[term.Column], &t1)
				want2[term.Column].Add(&want2[term.Column], &t2)
				if r%7 == 0 { // a term that takes another away
					row = append(row, term)
					want1[term.Column].Add(&want1[term.Column], &t1)
					want2[term.Column].Add(&want2[term.Column], &t2)
				}
			}
			parts1[p].Points, parts1[p].Rows = append(parts1[p].Points, p1), append(parts1[p].Rows, row)
			parts2[p].Points, parts2[p].Rows = append(parts2[p].Points, p2), append(parts2[p].Rows, row)
		}
	}
	if !slices.Equal(G1.Columns(width, parts1, G1.Recode(scalars)), want1) {
		t.Error("G1")
	}
	if !slices.Equal(G2.Columns(width, parts2, G2.Recode(scalars)), want2) {
		t.Error("G2")
	}
}
