package fingerprint_test

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/fingerprint"
	"novate/circuits/kernel"
	"novate/circuits/trace"
)

// witness is words, of which there are two blocks and some, and the three public inputs.
type witness struct {
	Words                   []frontend.Variable
	Sponge, Challenge, Fold frontend.Variable
}

func define(k *kernel.Kernel, w *witness) {
	fingerprint.Constrain(k, w.Words, w.Sponge, w.Challenge, w.Fold)
	k.Chip("test")
	k.Range("test: range", 1, 1)
}

func numbers() []*big.Int {
	out := make([]*big.Int, 37)
	for i := range out {
		out[i] = big.NewInt(int64(1000 + 7*i))
	}
	return out
}

func of(words []*big.Int) witness {
	w := witness{Sponge: trace.Sponge(words)}
	for _, word := range words {
		w.Words = append(w.Words, word)
	}
	challenge := big.NewInt(987654321)
	w.Challenge, w.Fold = challenge, trace.Fold(words, challenge)
	return w
}

func TestForgeries(t *testing.T) {
	forgeries := []chiptest.Forgery[witness]{
		{Name: "another digest", Rule: "fingerprint: sponge", Forge: func(w *witness) { w.Sponge = 1 }},
	}
	for _, i := range []int{0, 14, 15, 36} {
		forgeries = append(forgeries, chiptest.Forgery[witness]{
			Name: "a word of the contract's copy only", Rule: "fingerprint: fold", Forge: func(w *witness) {
				changed := numbers()
				changed[i].Add(changed[i], big.NewInt(1))
				w.Fold = of(changed).Fold
			},
		}, chiptest.Forgery[witness]{
			Name: "words that change places in the contract's copy", Rule: "fingerprint: fold", Forge: func(w *witness) {
				changed := numbers()
				changed[i], changed[20] = changed[20], changed[i]
				w.Fold = of(changed).Fold
			},
		})
	}
	chiptest.Twins(t, define, func() witness { return of(numbers()) }, forgeries)
}

func TestSlope(t *testing.T) {
	const blocks = 15
	slope := chiptest.Slope(t, define, func(n int) witness { return witness{Words: make([]frontend.Variable, n*blocks)} })
	if want := 570; slope != want { // 38 a word: a permutation of 555, and one multiplication a word
		t.Errorf("fifteen words cost %d constraints, pinned %d", slope, want)
	}
}
