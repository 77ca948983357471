package signature

import (
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/curve"
	"novate/circuits/kernel"
	"novate/circuits/poseidon"
	"novate/circuits/schnorr"
)

// forger signs in ways that a wallet does not: any secret, any hash, any challenge.
type forger struct{ secret, nonce *big.Int }

func (f forger) r() *big.Int { return integer(curve.Multiply(curve.Base, f.nonce).X) }

func (f forger) key() curve.Edwards { return curve.Multiply(curve.Base, f.secret) }

func (f forger) s(challenge *big.Int) *big.Int {
	s := new(big.Int).Mul(challenge, f.secret)
	return s.Add(s, f.nonce).Mod(s, curve.Order())
}

func hashOf(cells ...any) *big.Int { return integer(poseidon.Compress(elements(cells...))) }

func eighthOf(p curve.Edwards) []*big.Int {
	out := []*big.Int{new(big.Int), new(big.Int)}
	put(curve.FromEdwards(curve.Multiply(p, new(big.Int).ModInverse(big.NewInt(8), curve.Order())))[0], out)
	return out
}

// digitsOf are the answers of the hint on e, out of the comb of any key.
func digitsOf(p curve.Edwards, e *big.Int) []*big.Int {
	table := curve.FromEdwards(schnorr.Table(p, schnorr.KeyRows)...)
	out := values(3 * schnorr.Columns)
	for j, mask := range schnorr.Masks(e, schnorr.KeyRows) {
		put(table[mask], out[2*j:])
		out[2*schnorr.Columns+j] = schnorr.Spread(mask)
	}
	return out
}

func values(n int) []*big.Int {
	out := make([]*big.Int, n)
	for i := range out {
		out[i] = new(big.Int)
	}
	return out
}

func add(p, q curve.Weierstrass) curve.Weierstrass { // p != +-q
	var slope, down fr.Element
	slope.Sub(&q.Y, &p.Y)
	down.Sub(&q.X, &p.X)
	down.Inverse(&down)
	slope.Mul(&slope, &down)
	var sum curve.Weierstrass
	sum.X.Square(&slope).Sub(&sum.X, &curve.A2).Sub(&sum.X, &p.X).Sub(&sum.X, &q.X)
	sum.Y.Sub(&p.X, &sum.X).Mul(&sum.Y, &slope).Sub(&sum.Y, &p.Y)
	return sum
}

const (
	word        = 1e15 // of signature 0 in an honest bench
	keyDigits   = "signature: digits of e#0"
	baseDigits  = "signature: digits of S#0"
	eighth      = "signature: eighth of a key#0"
	equation    = "signature: the equation holds"
	subgroup    = "signer: key in subgroup"
	ofAccount   = "signer: key of the account"
	drawn       = "signature: start drawn by the challenge"
	reduced     = "signature: S below the order"
	truncated   = "signature: challenge of the hash"
	victim      = 0
	neighbour   = 1
	stolenNonce = 987654321
)

// setWord gives signature 0 another word, and lets the taker take it.
func setWord(b *bench, w any) { b.Signatures[0].Word, b.Taken[0].Word = w, w }

func thief() forger { return forger{big.NewInt(1), big.NewInt(stolenNonce)} }

// Every forgery breaks exactly the rule it is named after: with that rule off it would pass.
func TestForgeries(t *testing.T) {
	victimKey := integer(keyOf(victim).Public.X)
	for _, c := range []struct {
		name  string
		forge func(b *bench, lies map[string][]*big.Int)
		rule  string
	}{
		{"another word", func(b *bench, _ map[string][]*big.Int) { setWord(b, 5) }, equation},
		{"another domain", func(b *bench, _ map[string][]*big.Int) {
			b.Signatures[0].RX, b.Signatures[0].S = signed(keyOf(victim), int64(word), domain+1)
		}, equation},
		{"another's signature", func(b *bench, _ map[string][]*big.Int) {
			b.Signatures[0].RX, b.Signatures[0].S = signed(keyOf(neighbour), int64(word), domain)
		}, equation},
		{"S + 1", func(b *bench, _ map[string][]*big.Int) {
			b.Signatures[0].S = new(big.Int).Add(b.Signatures[0].S.(*big.Int), big.NewInt(1))
		}, equation},
		{"R of another", func(b *bench, _ map[string][]*big.Int) { b.Signatures[0].RX = b.Signatures[1].RX }, equation},
		{"R shifted by the torsion point", func(b *bench, _ map[string][]*big.Int) {
			f := forger{big.NewInt(3), big.NewInt(stolenNonce)}
			rx := new(big.Int).Sub(field, f.r())
			own(b, f)
			b.Signatures[0].RX = rx
			b.Signatures[0].S = f.s(schnorr.Challenge(hashOf(rx, integer(f.key().X), int64(word), domain)))
		}, equation},
		{"R the identity", func(b *bench, _ map[string][]*big.Int) {
			f := forger{big.NewInt(3), new(big.Int)}
			own(b, f)
			b.Signatures[0].RX = 0
			b.Signatures[0].S = f.s(schnorr.Challenge(hashOf(0, integer(f.key().X), int64(word), domain)))
		}, equation},
		{"a sheet's signature for other cells", func(b *bench, _ map[string][]*big.Int) { b.Sheets[0].Message[7] = 1 }, equation},
		{"a report's signature for other prices", func(b *bench, _ map[string][]*big.Int) { b.Reports[0].Message[1] = 999 }, equation},
		{"S + l", func(b *bench, _ map[string][]*big.Int) {
			b.Signatures[0].S = new(big.Int).Add(b.Signatures[0].S.(*big.Int), curve.Order())
		}, reduced},
		{"the low bits of the hash plus the field's order", func(b *bench, lies map[string][]*big.Int) {
			f := forger{big.NewInt(3), big.NewInt(stolenNonce)}
			own(b, f)
			h := hashOf(f.r(), integer(f.key().X), int64(word), domain)
			h.Add(h, field)
			b.Signatures[0].RX, b.Signatures[0].S = f.r(), f.s(schnorr.Challenge(h))
			lies[keyDigits] = digitsOf(f.key(), h)
		}, truncated},
		{"the victim's name over a thief's table: the table is a neighbour's", func(b *bench, lies map[string][]*big.Int) {
			f := forger{big.NewInt(3), big.NewInt(stolenNonce)}
			b.Signers[neighbour].Identity.Key = integer(f.key().X)
			b.sign(1, victim, big.NewInt(77))
			h := hashOf(f.r(), victimKey, int64(word), domain)
			b.Signatures[0].RX, b.Signatures[0].S = f.r(), f.s(schnorr.Challenge(h))
			lies[keyDigits] = digitsOf(f.key(), h)
		}, "bus: comb"},
		{"digits whose keys lead into a neighbour's table", func(b *bench, lies map[string][]*big.Int) {
			f := forger{big.NewInt(3), big.NewInt(stolenNonce)}
			b.Signers[neighbour].Identity.Key = integer(f.key().X)
			b.sign(1, victim, big.NewInt(77))
			h := hashOf(f.r(), victimKey, int64(word), domain)
			b.Signatures[0].RX, b.Signatures[0].S = f.r(), f.s(schnorr.Challenge(h))
			lies[keyDigits] = digitsOf(f.key(), h)
			for j := range schnorr.Columns { // key = digit + 2^126 * victim: that of the neighbour's row
				digit := lies[keyDigits][2*schnorr.Columns+j]
				digit.Add(digit, kernel.Power(tableBits))
			}
		}, "bus: comb"},
		{"digits of another challenge", func(b *bench, lies map[string][]*big.Int) {
			h := hashOf(b.Signatures[0].RX, victimKey, 5, domain)
			old := hashOf(b.Signatures[0].RX, victimKey, int64(word), domain)
			setWord(b, 5)
			lies[keyDigits] = digitsOf(keyOf(victim).Public, old)
			for j, mask := range schnorr.Masks(h, schnorr.KeyRows) { // digits of the new hash, points of the old
				lies[keyDigits][2*schnorr.Columns+j] = schnorr.Spread(mask)
			}
		}, "bus: comb"},
		{"points of S moved, their sum kept", func(b *bench, lies map[string][]*big.Int) {
			out := values(3*schnorr.Columns - 1)
			if err := baseDigitsHint(field, []*big.Int{b.Signatures[0].S.(*big.Int)}, out); err != nil {
				panic(err)
			}
			move := func(j int, k int64) { // 2^0 k of column 0 less 2^1 (k/2) of column 1
				p := curve.Weierstrass{X: element(out[2*j]), Y: element(out[2*j+1])}
				put(add(p, curve.FromEdwards(curve.Multiply(curve.Base, big.NewInt(k)))[0]), out[2*j:])
			}
			move(0, 424242)
			move(1, -212121)
			lies[baseDigits] = out
		}, "bus: fixed low"},
		{"the victim's account over a thief's table", func(b *bench, lies map[string][]*big.Int) {
			f := forger{big.NewInt(3), big.NewInt(stolenNonce)}
			h := hashOf(f.r(), victimKey, int64(word), domain)
			b.Signatures[0].RX, b.Signatures[0].S = f.r(), f.s(schnorr.Challenge(h))
			b.dropOthers()
			lies[eighth] = eighthOf(f.key())
			lies[keyDigits] = digitsOf(f.key(), h)
		}, ofAccount},
		{"an eighth off the curve", func(b *bench, lies map[string][]*big.Int) {
			b.dropAll()
			lies[eighth] = []*big.Int{big.NewInt(3), big.NewInt(4)}
			b.Signers[0].Identity.Key = eightTimes(3, 4)
		}, subgroup},
		{"a key off the subgroup", func(b *bench, _ map[string][]*big.Int) {
			b.dropAll()
			var one fr.Element
			one.SetOne() // on no key, so the hint answers as for the base point
			b.Signers[0].Identity.Key = integer(one)
		}, ofAccount},
		{"an account without a key", func(b *bench, _ map[string][]*big.Int) {
			b.dropAll()
			b.Signers[0].Identity.Key = 0
		}, ofAccount},
		{"a signer whose number is not in the table", func(b *bench, _ map[string][]*big.Int) {
			f := thief() // a dead signer slot holds the base point's comb
			b.dropOthers()
			b.Signatures[0].Signer, b.Signatures[0].Key = 2, integer(f.key().X)
			h := hashOf(f.r(), integer(f.key().X), int64(word), domain)
			b.Signatures[0].RX, b.Signatures[0].S = f.r(), f.s(schnorr.Challenge(h))
		}, "bus: signer"},
		{"another account than the signer's", func(b *bench, _ map[string][]*big.Int) {
			b.Signatures[0].Account, b.Taken[0].Account = accountOf(neighbour), accountOf(neighbour)
		}, "bus: signer"},
		{"a version of the key that has passed", func(b *bench, _ map[string][]*big.Int) {
			b.Signatures[0].Version, b.Taken[0].Version = 9, 9
		}, "bus: signer"},
		{"a word nobody signed", func(b *bench, _ map[string][]*big.Int) { b.Taken[0].Word = 5 }, "bus: authorised"},
		{"a word out of a dead slot", func(b *bench, _ map[string][]*big.Int) { b.Taken[3].Live = 1 }, "bus: authorised"},
		{"a word taken twice", func(b *bench, _ map[string][]*big.Int) {
			b.Signatures[0].Live = 2
			b.Taken[3] = b.Taken[0]
		}, "signature: live"},
		{"a signer that is more than live", func(b *bench, lies map[string][]*big.Int) {
			// With live = 2 the key's equation is about x - Base.X: another key than the account's.
			b.dropAll()
			var x fr.Element
			x.Add(&curve.Base.X, &keyOf(neighbour).Public.X)
			b.Signers[0].Live, b.Signers[0].Identity.Key = 2, integer(x)
			lies[eighth] = eighthOf(keyOf(neighbour).Public)
		}, "signer: live"},
		{"the key of an account that is none", func(b *bench, _ map[string][]*big.Int) {
			far := new(big.Int).Add(big.NewInt(int64(accountOf(victim))), kernel.Power(24))
			b.dropOthers()
			b.Signers[0].Account, b.Signatures[0].Account, b.Taken[0].Account = far, far, far
		}, "signer: account"},
		{"a key read after the end of time", func(b *bench, _ map[string][]*big.Int) { b.Signers[0].Time = 1 << 24 }, "signer: time"},
		{"a start that is no bits", func(b *bench, lies map[string][]*big.Int) {
			var x fr.Element
			x.SetBigInt(new(big.Int).Add(kernel.Power(200), big.NewInt(271828)))
			for n := uint64(256); ; n++ {
				var shifted fr.Element
				shifted.SetUint64(n)
				if p, ok := curve.Lift(*shifted.Add(&shifted, &x)); ok {
					out := values(startBits + 1)
					out[0].SetUint64(n)
					p.Y.BigInt(out[startBits])
					lies["signature: start#0"] = out
					return
				}
			}
		}, drawn},
		{"a report under another key's table", func(b *bench, lies map[string][]*big.Int) {
			f := forger{big.NewInt(3), big.NewInt(stolenNonce)}
			r := &b.Reports[0]
			m := r.Message
			h := hashOf(f.r(), r.Slot.X, domain, m[0], m[1], m[2], m[3], m[4])
			r.Slot.RX, r.Slot.S = f.r(), f.s(schnorr.Challenge(h))
			lies["signature: eighth of a key#3"] = eighthOf(f.key())
			lies["signature: digits of e#5"] = digitsOf(f.key(), h)
		}, "report: key of the reporter"},
		{"a report over an eighth off the curve", func(b *bench, lies map[string][]*big.Int) {
			b.dropAll()
			lies["signature: eighth of a key#3"] = []*big.Int{big.NewInt(3), big.NewInt(4)}
			x := new(big.Int).Sub(eightTimes(3, 4), integer(curve.Base.X))
			b.Reports[0].Slot.X = x.Mod(x, field)
		}, "report: key in subgroup"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := honest(3, 4, 1, 1, false)
			kill(b, 2, 3)
			watch := kernel.NewObserver()
			c.forge(b, watch.Lies)
			names := strings.Split(strings.Join(broken(t, b, watch), "|"), "|")
			if own := without(names, "bench: live"); !reflect.DeepEqual(own, []string{c.rule}) {
				t.Fatalf("breaks %q", own)
			}
		})
	}
}

func without(names []string, name string) (out []string) {
	for _, n := range names {
		if n != name {
			out = append(out, n)
		}
	}
	return out
}

// kill makes signer and signature dead.
func kill(b *bench, signer, signature int) {
	empty := room(signer+1, signature+1, 0, 0)
	zero(empty)
	b.Signers[signer] = empty.Signers[signer]
	b.Signatures[signature], b.Taken[signature] = empty.Signatures[signature], empty.Signatures[signature]
	for i := range signature {
		b.sign(i, i%signer, big.NewInt(int64(word)+int64(i)))
	}
	b.Sheets[0].Signer = victim
}

// own makes the forger the account's lawful holder: what it forges then is the signature alone.
func own(b *bench, f forger) {
	b.dropOthers()
	b.Signers[victim].Identity.Key = integer(f.key().X)
	b.Signatures[0].Key = integer(f.key().X)
}

// dropOthers empties all but signature 0 and its signer.
func (b *bench) dropOthers() {
	signature, taken := b.Signatures[0], b.Taken[0]
	b.dropAll()
	b.Signatures[0], b.Taken[0] = signature, taken
}

// dropAll empties everything but signer 0.
func (b *bench) dropAll() {
	signer := b.Signers[0]
	zero(b)
	b.Signers[0] = signer
}

// eightTimes is the Edwards x of a point doubled three times by the formulas, whichever curve it is on.
func eightTimes(x, y uint64) *big.Int {
	var p curve.Weierstrass
	p.X.SetUint64(x)
	p.Y.SetUint64(y)
	for range 3 {
		var slope, term fr.Element
		slope.Square(&p.X)
		term.Double(&slope)
		slope.Add(&slope, &term)
		term.Mul(&curve.A2, &p.X).Double(&term)
		slope.Add(&slope, &term).Add(&slope, &curve.A4)
		term.Double(&p.Y).Inverse(&term)
		slope.Mul(&slope, &term)
		var next curve.Weierstrass
		next.X.Square(&slope).Sub(&next.X, &curve.A2).Sub(&next.X, &p.X).Sub(&next.X, &p.X)
		next.Y.Sub(&p.X, &next.X).Mul(&next.Y, &slope).Sub(&next.Y, &p.Y)
		p = next
	}
	return integer(p.EdwardsX())
}
