package signature

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/chips/chiptest"
	"novate/circuits/curve"
	"novate/circuits/kernel"
	"novate/circuits/layout"
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

// victim and neighbour are signers of an honest bench; its third signer and fourth signature are dead.
const victim, neighbour = 0, 1

const (
	keyDigits  = "signature: digits of e#0"
	baseDigits = "signature: digits of S#0"
	eighth     = "signature: eighth of a key#0"
	equation   = "signature: the equation holds"
	ofAccount  = "signer: key of the account"
)

// desk is the honest twin of all forgeries.
func desk() bench {
	b := honest(3, 4, 1, 1)
	empty := room(3, 4, 1, 1)
	for i := range 3 {
		b.sign(i, i%2, big.NewInt(word+int64(i)))
	}
	b.Signers[2], b.Held[2] = empty.Signers[2], empty.Held[2]
	b.Signatures[3], b.Taken[3] = empty.Signatures[3], empty.Taken[3]
	return b
}

// alone is the desk with everything dead but signer 0.
func alone() bench {
	b := room(3, 4, 1, 1)
	b.enroll(victim, integer(keyOf(victim).Public.X))
	return b
}

// thief has a secret that was not derived from a seed, and one nonce.
var thief = forger{big.NewInt(3), big.NewInt(987654321)}

type forgery = chiptest.Forgery[bench]

type lies = map[string][]*big.Int

// setWord gives signature 0 another word, and lets it be taken.
func setWord(b *bench, w any) { b.Signatures[0].Word, b.Taken[0].Word = w, w }

// give makes a forger the lawful holder of the victim's account: what is forged then is the signature alone.
func (f forger) give(b *bench) {
	*b = alone()
	b.sign(0, victim, big.NewInt(word))
	b.enroll(victim, integer(f.key().X))
	b.Signatures[0].Key = integer(f.key().X)
	b.Signatures[0].RX, b.Signatures[0].S = f.signs(integer(f.key().X))
}

// hash is that of word 0 with this forger's R and a key.
func (f forger) hash(key *big.Int) *big.Int { return hashOf(f.r(), key, word, domain) }

// signs is R.x and S that would be good for word 0, if the key were the forger's.
func (f forger) signs(key *big.Int) (rx, s *big.Int) {
	return f.r(), f.s(schnorr.Challenge(f.hash(key)))
}

// steal signs word 0 of the victim; the forger is the neighbour.
func (f forger) steal(b *bench) {
	b.enroll(neighbour, integer(f.key().X))
	b.Signatures[1].Live, b.Taken[1].Live = 0, 0
	b.Signatures[1] = room(0, 1, 0, 0).Signatures[0]
	b.Signatures[0].RX, b.Signatures[0].S = f.signs(b.Signatures[0].Key.(*big.Int))
}

// stolen are the digits of e in the forger's table, each moved by an amount.
func (f forger) stolen(move *big.Int) []*big.Int {
	out := digitsOf(f.key(), f.hash(integer(keyOf(victim).Public.X)))
	for j := range schnorr.Columns {
		digit := out[2*schnorr.Columns+j]
		digit.Add(digit, move)
	}
	return out
}

// wrongSums break the equation: nothing was looked up that is not there.
func wrongSums() []forgery {
	one := big.NewInt(1)
	return []forgery{
		{Name: "another word", Rule: equation, Forge: func(b *bench) { setWord(b, 5) }},
		{Name: "another domain", Rule: equation, Forge: func(b *bench) {
			b.Signatures[0].RX, b.Signatures[0].S = sign(keyOf(victim), word, domain+1)
		}},
		{Name: "another's signature", Rule: equation, Forge: func(b *bench) {
			b.Signatures[0].RX, b.Signatures[0].S = sign(keyOf(neighbour), word, domain)
		}},
		{Name: "S + 1", Rule: equation, Forge: func(b *bench) { b.Signatures[0].S = chiptest.Plus(b.Signatures[0].S, one) }},
		{Name: "R of another", Rule: equation, Forge: func(b *bench) { b.Signatures[0].RX = b.Signatures[1].RX }},
		{Name: "R shifted by the torsion point", Rule: equation, Forge: func(b *bench) {
			thief.give(b)
			rx := new(big.Int).Sub(field, thief.r())
			b.Signatures[0].RX = rx
			b.Signatures[0].S = thief.s(schnorr.Challenge(hashOf(rx, integer(thief.key().X), word, domain)))
		}},
		{Name: "R the identity", Rule: equation, Forge: func(b *bench) {
			f := forger{thief.secret, new(big.Int)}
			f.give(b)
			b.Signatures[0].RX = 0
			b.Signatures[0].S = f.s(schnorr.Challenge(hashOf(0, integer(f.key().X), word, domain)))
		}},
		{Name: "the challenge without its constant", Rule: equation, Forge: func(b *bench) {
			thief.give(b)
			e := schnorr.Challenge(thief.hash(integer(thief.key().X)))
			b.Signatures[0].S = thief.s(e.Sub(e, schnorr.Shift))
		}},
		{Name: "a sheet's signature for other cells", Rule: equation, Forge: func(b *bench) { b.Sheets[0].Message[7] = 1 }},
		{Name: "a report's signature for other prices", Rule: equation, Forge: func(b *bench) { b.Reports[0].Message[2] = 999 }},
		{Name: "a word's signature as that of a sheet", Rule: equation, Forge: func(b *bench) {
			b.Sheets[0].RX, b.Sheets[0].S = b.Signatures[0].RX, b.Signatures[0].S
		}},
	}
}

// wrongDigits read S or e otherwise, or look up what is not there.
func wrongDigits() []forgery {
	wrapped := new(big.Int).Add(thief.hash(integer(thief.key().X)), field)
	rx, key := desk().Signatures[0].RX, integer(keyOf(victim).Public.X)
	other := digitsOf(keyOf(victim).Public, hashOf(rx, key, word, domain))
	for j, mask := range schnorr.Masks(hashOf(rx, key, 5, domain), schnorr.KeyRows) {
		other[2*schnorr.Columns+j] = schnorr.Spread(mask)
	}
	return []forgery{
		{Name: "S + l", Rule: "signature: S below the order", Forge: func(b *bench) {
			b.Signatures[0].S = chiptest.Plus(b.Signatures[0].S, curve.Order())
		}},
		{Name: "the low bits of the hash plus the order of the field", Rule: "signature: challenge of the hash",
			Lies: lies{keyDigits: digitsOf(thief.key(), wrapped)}, Forge: func(b *bench) {
				thief.give(b)
				b.Signatures[0].S = thief.s(schnorr.Challenge(wrapped))
			}},
		{Name: "points out of a neighbour's table", Rule: "bus: comb",
			Lies: lies{keyDigits: thief.stolen(new(big.Int))}, Forge: thief.steal},
		{Name: "digits whose keys lead into a neighbour's table", Rule: "bus: comb",
			Lies: lies{keyDigits: thief.stolen(kernel.Power(tableBits))}, Forge: thief.steal},
		{Name: "digits of the hash, points of another", Rule: "bus: comb",
			Lies: lies{keyDigits: other}, Forge: func(b *bench) { setWord(b, 5) }},
		{Name: "points of S moved, their sum kept", Rule: "bus: fixed", Lies: lies{baseDigits: moved(desk().Signatures[0].S.(*big.Int))}},
	}
}

// moved are the digits of S with a point added in column 0 and half of it taken off in column 1.
func moved(s *big.Int) []*big.Int {
	out := values(3*schnorr.Columns - 1)
	if err := baseDigitsHint(field, []*big.Int{s}, out); err != nil {
		panic(err)
	}
	for j, k := range []int64{424242, -212121} {
		p := curve.Weierstrass{X: element(out[2*j]), Y: element(out[2*j+1])}
		put(add(p, curve.FromEdwards(curve.Multiply(curve.Base, big.NewInt(k)))[0]), out[2*j:])
	}
	return out
}

// wrongKeys stand for an account whose key they are not.
func wrongKeys() []forgery {
	var sum fr.Element
	sum.Add(&curve.Base.X, &keyOf(neighbour).Public.X)
	off := []*big.Int{big.NewInt(3), big.NewInt(4)}
	beyond := new(big.Int).Sub(eightTimes(3, 4), integer(curve.Base.X))
	return []forgery{
		{Name: "the victim's account over a thief's table", Rule: ofAccount,
			Lies: lies{eighth: eighthOf(thief.key()), keyDigits: thief.stolen(new(big.Int))},
			Forge: func(b *bench) {
				*b = alone()
				b.sign(0, victim, big.NewInt(word))
				b.Signatures[0].RX, b.Signatures[0].S = thief.signs(integer(keyOf(victim).Public.X))
			}},
		{Name: "a key off the subgroup", Rule: ofAccount, Forge: func(b *bench) {
			*b = alone()
			b.enroll(victim, 1) // no key has this x, so the hint answers as for the base point
		}},
		{Name: "an account without a key", Rule: ofAccount, Forge: func(b *bench) { *b = alone(); b.enroll(victim, 0) }},
		{Name: "an eighth off the curve", Rule: "signer: key in subgroup", Lies: lies{eighth: off}, Forge: func(b *bench) {
			*b = alone()
			b.enroll(victim, eightTimes(3, 4))
		}},
		{Name: "a signer live twice over", Rule: "signer: live is a bit", Lies: lies{eighth: eighthOf(keyOf(neighbour).Public)},
			Forge: func(b *bench) { // the key's equation is then about x - Base.X
				*b = alone()
				b.enroll(victim, integer(sum))
				b.Signers[0].Live, b.Held[1] = 2, b.Held[0]
			}},
		{Name: "the key of an account that is none", Rule: "signer: account fits", Forge: func(b *bench) {
			far := chiptest.Plus(accountOf(victim), kernel.Power(layout.AccountBits))
			*b = alone()
			b.Signers[0].Account, b.Held[0].Account = far, far
		}},
		{Name: "a key read after the end of time", Rule: "signer: time fits", Forge: func(b *bench) {
			b.Signers[0].Time, b.Held[0].Time = 1<<layout.StepBits, 1<<layout.StepBits
		}},
		{Name: "a key that the page does not hold", Rule: "bus: identity", Forge: func(b *bench) {
			b.Held[0].Row.Key = integer(keyOf(neighbour).Public.X)
		}},
		{Name: "a report under another key's table", Rule: "report: key of the reporter",
			Lies: lies{"signature: eighth of a key#3": eighthOf(thief.key()), "signature: digits of e#5": digitsOf(thief.key(), reported())},
			Forge: func(b *bench) {
				b.Reports[0].Slot.RX, b.Reports[0].Slot.S = thief.r(), thief.s(schnorr.Challenge(reported()))
			}},
		{Name: "a report over an eighth off the curve", Rule: "report: key in subgroup",
			Lies: lies{"signature: eighth of a key#3": off}, Forge: func(b *bench) {
				*b = room(3, 4, 1, 1)
				b.Reports[0].Slot.X = beyond.Mod(beyond, field)
			}},
	}
}

// reported is the hash of the desk's report under the thief's R.
func reported() *big.Int {
	r := desk().Reports[0]
	m := r.Message
	return hashOf(thief.r(), r.Slot.X, m[0], m[1], m[2], m[3], m[4], m[5])
}

// wrongTuples are signatures that hold, for somebody or something else.
func wrongTuples() []forgery {
	return []forgery{
		{Name: "a signature under the key of a dead signer slot", Rule: "bus: signer", Forge: func(b *bench) {
			f := forger{big.NewInt(1), thief.nonce} // a dead slot's table is that of the base point
			b.Signatures[0].Signer, b.Signatures[0].Key = 2, integer(f.key().X)
			b.Signatures[0].RX, b.Signatures[0].S = f.signs(integer(f.key().X))
		}},
		{Name: "another account than the signer's", Rule: "bus: signer", Forge: func(b *bench) {
			b.Signatures[0].Account, b.Taken[0].Account = accountOf(neighbour), accountOf(neighbour)
		}},
		{Name: "a version of the key that has passed", Rule: "bus: signer", Forge: func(b *bench) {
			b.Signatures[0].Version, b.Taken[0].Version = 9, 9
		}},
		{Name: "a sheet for another account", Rule: "bus: signer", Forge: func(b *bench) { b.Sheets[0].Account = accountOf(neighbour) }},
		{Name: "a word nobody signed", Rule: "bus: authorised", Forge: func(b *bench) { b.Taken[0].Word = 5 }},
		{Name: "a word out of a dead slot", Rule: "bus: authorised", Forge: func(b *bench) { b.Taken[3].Live = 1 }},
		{Name: "a word taken twice", Rule: "signature: live is a bit", Forge: func(b *bench) {
			b.Signatures[0].Live, b.Taken[3] = 2, b.Taken[0]
		}},
		{Name: "a start that is no bits", Rule: "signature: start drawn by the challenge", Lies: lies{"signature: start#0": farStart()}},
	}
}

// farStart is a point beyond the 256 that the stand-in for the challenge allows.
func farStart() []*big.Int {
	challenge := element(new(big.Int).Add(kernel.Power(200), big.NewInt(271828)))
	for n := uint64(1 << startBits); ; n++ {
		var x fr.Element
		x.SetUint64(n)
		if p, ok := curve.Lift(*x.Add(&x, &challenge)); ok {
			out := values(startBits + 1)
			out[0].SetUint64(n)
			p.Y.BigInt(out[startBits])
			return out
		}
	}
}

// Every forgery breaks exactly the rule it is named after: with that rule off it would pass.
func TestForgeries(t *testing.T) {
	var all []forgery
	for _, some := range [][]forgery{wrongSums(), wrongDigits(), wrongKeys(), wrongTuples()} {
		all = append(all, some...)
	}
	chiptest.Twins(t, define, desk, all)
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
