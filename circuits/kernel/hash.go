package kernel

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	native "github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
	circuit "github.com/consensys/gnark/std/permutation/poseidon2"
)

// PartialRounds of Poseidon2 by width; full rounds are FullRounds.
var PartialRounds = map[int]int{4: 56, 8: 57, 16: 57}

// FullRounds of every width.
const FullRounds = 8

type hasher struct {
	k            *Kernel
	permutations map[int]*circuit.Permutation
}

func newHasher(k *Kernel) *hasher { return &hasher{k, map[int]*circuit.Permutation{}} }

// Compress is Poseidon2 of width len(in), feeding the first cell forward.
func (k *Kernel) Compress(in ...Variable) Variable {
	width := len(in)
	p := k.hashes.permutations[width]
	if p == nil {
		var err error
		if p, err = circuit.NewPoseidon2FromParameters(k.API, width, FullRounds, PartialRounds[width]); err != nil {
			panic(err)
		}
		k.hashes.permutations[width] = p
	}
	state := append([]Variable{}, in...)
	if err := p.Permutation(state); err != nil {
		panic(err)
	}
	return k.API.Add(state[0], in[0])
}

var permutations = func() map[int]*native.Permutation {
	out := map[int]*native.Permutation{}
	for width, partial := range PartialRounds {
		out[width] = native.NewPermutation(width, FullRounds, partial)
	}
	return out
}()

// Compress is the same hash outside a circuit.
func Compress(in ...fr.Element) fr.Element {
	state := append([]fr.Element{}, in...)
	if err := permutations[len(in)].Permutation(state); err != nil {
		panic(err)
	}
	return *state[0].Add(&state[0], &in[0])
}
