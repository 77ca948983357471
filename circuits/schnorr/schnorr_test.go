package schnorr

import (
	"bytes"
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/curve"
)

func seed(n byte) (s [SeedSize]byte) { s[0] = n; return s }

func message(cells int, n uint64) []fr.Element {
	out := make([]fr.Element, cells)
	for i := range out {
		out[i].SetUint64(n*1000 + uint64(i))
	}
	return out
}

// The table's entries are the multiples that their masks say.
func TestTable(t *testing.T) {
	p := curve.Multiply(curve.Base, big.NewInt(77))
	for _, rows := range []int{KeyRows, BaseRows} {
		table := Table(p, rows)
		for _, mask := range []int{0, 1, 2, 3, 1 << (rows - 1), 1<<rows - 1} {
			k := Spread(mask)
			k.SetBit(k, Columns*(rows-1)+1, 1)
			if want := curve.Multiply(p, k); !table[mask].Equal(&want) {
				t.Errorf("%d rows: entry %b is another point", rows, mask)
			}
		}
	}
}

// Masks and Spread are inverse: a scalar is the sum of its columns.
func TestMasks(t *testing.T) {
	scalar, _ := new(big.Int).SetString("123456789abcdef0fedcba9876543210deadbeefcafe0123456789abcdef", 16)
	sum := new(big.Int)
	for j, mask := range Masks(scalar, BaseRows) {
		sum.Add(sum, new(big.Int).Lsh(Spread(mask), uint(j)))
	}
	if sum.Cmp(scalar) != 0 {
		t.Fatalf("%x became %x", scalar, sum)
	}
}

// The equation as written, with scalar multiplications in place of combs.
func plainly(x fr.Element, s Signature, m []fr.Element) bool {
	a, ok := curve.FromX(x)
	if !ok {
		return false
	}
	e := Challenge(hash(s.RX, x, m))
	sum, minus := curve.Multiply(curve.Base, s.S), curve.Multiply(a, e.Neg(e))
	sum.Add(&sum, &minus)
	return !sum.X.IsZero() && sum.X.Equal(&s.RX)
}

func TestSignatures(t *testing.T) {
	key := NewSigningKey(seed(1))
	for _, cells := range []int{2, 6, 14} {
		for n := range uint64(8) {
			m := message(cells, n)
			s := key.Sign(m)
			if v := Verify(key.Public.X, s, m); v != Valid || !plainly(key.Public.X, s, m) {
				t.Fatalf("a signature of %d cells is refused: %v", cells, v)
			}
			again := key.Sign(m)
			if again.S.Cmp(s.S) != 0 || !again.RX.Equal(&s.RX) {
				t.Fatal("signed twice, two signatures")
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	key, other := NewSigningKey(seed(1)), NewSigningKey(seed(2))
	m := message(2, 5)
	good := key.Sign(m)
	add := func(n *big.Int) Signature { return Signature{good.RX, new(big.Int).Add(good.S, n)} }
	var zero, one fr.Element
	one.SetOne()
	// A key shifted by the torsion point (0, -1) has the x negated.
	shifted := key.Public.X
	shifted.Neg(&shifted)
	identity := curve.Order() // S = e* a makes R the identity
	h := hash(zero, key.Public.X, m)
	identity.Mod(new(big.Int).Mul(Challenge(h), key.secret), curve.Order())
	cases := []struct {
		name      string
		x         fr.Element
		signature Signature
		message   []fr.Element
		want      Verdict
	}{
		{"another message", key.Public.X, good, message(2, 6), WrongSum},
		{"another width", key.Public.X, good, message(6, 5), WrongSum},
		{"another key", other.Public.X, good, m, WrongSum},
		{"another R", key.Public.X, Signature{one, good.S}, m, WrongSum},
		{"S + 1", key.Public.X, add(big.NewInt(1)), m, WrongSum},
		{"S + l", key.Public.X, add(curve.Order()), m, WideS},
		{"S = -1", key.Public.X, Signature{good.RX, big.NewInt(-1)}, m, WideS},
		{"all zero", key.Public.X, Signature{zero, new(big.Int)}, m, WrongSum},
		{"R the identity", key.Public.X, Signature{zero, identity}, m, WrongSum},
		{"key zero", zero, good, m, NoKey},
		{"key off the curve", one, good, m, NoKey},
	}
	if _, ok := curve.FromX(shifted); !ok {
		t.Fatal("-A has the negated x: it is a key too")
	}
	for _, c := range cases {
		if v := Verify(c.x, c.signature, c.message); v != c.want {
			t.Errorf("%s: %v, not %v", c.name, v, c.want)
		}
	}
	if v := Verify(shifted, good, m); v != WrongSum {
		t.Errorf("the negated key: %v", v)
	}
}

// A forger who needs e, not e*, or e in full, is not served: the challenge is the one of the definition.
func TestChallenge(t *testing.T) {
	h, _ := new(big.Int).SetString("123456789012345678901234567890123456789012345678901234567890123456789012345", 10)
	want := new(big.Int).Mod(h, new(big.Int).Lsh(big.NewInt(1), 126))
	want.Add(want, new(big.Int).Lsh(big.NewInt(1), 127)).Sub(want, new(big.Int).Lsh(big.NewInt(1), 106))
	if Challenge(h).Cmp(want) != 0 {
		t.Fatal("e* is not e + 2^127 - 2^106")
	}
}

func TestKeysDiffer(t *testing.T) {
	a, b := NewSigningKey(seed(1)), NewSigningKey(seed(2))
	if a.Public.X.Equal(&b.Public.X) || bytes.Equal(a.prefix, b.prefix) {
		t.Fatal("two seeds, one key")
	}
	if !a.Public.IsInSubGroup() || a.Public.IsZero() {
		t.Fatal("a public key outside the subgroup")
	}
}

// The memory of combs is bounded, and forgets without harm.
func TestCombsAreBounded(t *testing.T) {
	fresh := keyTables{tables: map[fr.Element][]curve.Edwards{}}
	var x fr.Element
	for i := range uint64(mostTables + 10) {
		x.SetUint64(i)
		fresh.tables[x] = nil
		if i == mostTables-1 {
			fresh.of(curve.Base.X)
			if len(fresh.tables) != 1 {
				t.Fatalf("%d tables", len(fresh.tables))
			}
			return
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	key := NewSigningKey(seed(1))
	m := message(2, 5)
	s := key.Sign(m)
	for b.Loop() {
		if Verify(key.Public.X, s, m) != Valid {
			b.Fatal("refused")
		}
	}
}

func BenchmarkSign(b *testing.B) {
	key := NewSigningKey(seed(1))
	m := message(2, 5)
	for b.Loop() {
		key.Sign(m)
	}
}

func BenchmarkNewComb(b *testing.B) {
	for b.Loop() {
		p, _ := curve.FromX(curve.Base.X)
		Table(p, KeyRows)
	}
}
