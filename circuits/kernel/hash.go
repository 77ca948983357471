package kernel

import (
	circuit "github.com/consensys/gnark/std/permutation/poseidon2"

	"novate/circuits/poseidon"
)

type hasher struct {
	k            *Kernel
	permutations map[int]*circuit.Permutation
}

func newHasher(k *Kernel) *hasher { return &hasher{k, map[int]*circuit.Permutation{}} }

// Compress is Poseidon2 of width len(in), feeding the first cell forward: poseidon.Compress in a circuit.
func (k *Kernel) Compress(in ...Variable) Variable {
	width := len(in)
	p := k.hashes.permutations[width]
	if p == nil {
		var err error
		if p, err = circuit.NewPoseidon2FromParameters(k.API, width, poseidon.FullRounds, poseidon.PartialRounds[width]); err != nil {
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
