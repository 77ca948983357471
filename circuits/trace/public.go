package trace

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"
	"golang.org/x/crypto/sha3"

	"novate/circuits/layout"
	"novate/circuits/poseidon"
)

// spongeWidth is how many words one compression of the sponge takes, beside its state.
const spongeWidth = 15

// Public is what a proof says in public: the words, and the three inputs that stand for them.
type Public struct {
	Sponge, Challenge, Fold *big.Int
	Words                   []*big.Int // padded to the class
	Sent                    []*big.Int // those that are sent to the contract
}

// newPublic works out the public inputs: the sponge over the prover's words; challenge and fold over the words that the
// contract has, which an honest prover's equal.
func newPublic(class layout.Class, words, agreed []frontend.Variable) Public {
	p := Public{Words: integers(agreed)}
	p.Sponge = Sponge(integers(words))
	p.Sent = Sent(class, p.Words)
	p.Challenge = Challenge(p.Sponge, p.Sent)
	p.Fold = Fold(p.Words, p.Challenge)
	return p
}

// PublicOf is the public inputs of padded words, for whoever has the words alone.
func PublicOf(name string, words []*big.Int) (Public, error) {
	class, ok := layout.ByName(name)
	if !ok {
		return Public{}, fault(UnknownClass, path{name: "class"}, "no size class %q", name)
	}
	if len(words) != class.WordCount {
		return Public{}, fault(WrongLength, path{name: "words"}, "%d words, not %d", len(words), class.WordCount)
	}
	for i, word := range words {
		if word == nil || word.Sign() < 0 || word.Cmp(field) >= 0 {
			return Public{}, fault(OutOfField, path{name: "words"}, "word %d is outside the field", i)
		}
	}
	variables := make([]frontend.Variable, len(words))
	for i, word := range words {
		variables[i] = word
	}
	return newPublic(class, variables, variables), nil
}

func integers(variables []frontend.Variable) []*big.Int {
	out := make([]*big.Int, len(variables))
	for i, v := range variables {
		out[i] = v.(*big.Int)
	}
	return out
}

// Sponge is the chain h := Poseidon2_16(h, 15 words), begun at the fingerprint's tag, over words padded with zeros to a
// multiple of 15.
func Sponge(words []*big.Int) *big.Int {
	var h fr.Element
	h.SetUint64(layout.FingerprintTag)
	for at := 0; at < len(words); at += spongeWidth {
		cells := make([]fr.Element, 1+spongeWidth)
		cells[0] = h
		for i, w := range words[at:min(at+spongeWidth, len(words))] {
			cells[1+i].SetBigInt(w)
		}
		h = poseidon.Compress(cells)
	}
	return h.BigInt(new(big.Int))
}

// Sent are the words that travel: the header, three words a deposit, one a withdrawal, by the counts in the header. A
// count above the class's capacity, which the circuit refuses, sends what there is.
func Sent(class layout.Class, words []*big.Int) []*big.Int {
	counts := words[layout.WordCounts]
	deposits := min(bits(counts, layout.CountsWord, "deposits"), class.Slots.Deposits)
	withdrawals := min(bits(counts, layout.CountsWord, "withdrawals"), class.Slots.Withdrawals)
	sent := append([]*big.Int{}, words[:layout.WordDeposits+layout.DepositWords*deposits]...)
	return append(sent, words[class.WithdrawalOffset:class.WithdrawalOffset+withdrawals]...)
}

// bits is a field of a packed word.
func bits(word *big.Int, fields []layout.Bits, name string) int {
	shifted := new(big.Int).Rsh(word, uint(layout.Offset(fields, name)))
	for _, f := range fields {
		if f.Name == name {
			return int(new(big.Int).And(shifted, big.NewInt(1<<f.Width-1)).Int64())
		}
	}
	panic("trace: no field " + name)
}

// Challenge is keccak256 of the sponge and the words sent, 32 bytes each, modulo the field.
func Challenge(sponge *big.Int, sent []*big.Int) *big.Int {
	hash := sha3.NewLegacyKeccak256()
	var buffer [32]byte
	for _, word := range append([]*big.Int{sponge}, sent...) {
		hash.Write(word.FillBytes(buffer[:]))
	}
	digest := new(big.Int).SetBytes(hash.Sum(nil))
	return digest.Mod(digest, field)
}

// Fold is the sum of words[i] * z^i.
func Fold(words []*big.Int, z *big.Int) *big.Int {
	total := new(big.Int)
	for i := len(words) - 1; i >= 0; i-- {
		total.Mul(total, z)
		total.Add(total, words[i])
		total.Mod(total, field)
	}
	return total
}
