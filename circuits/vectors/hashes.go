package vectors

import (
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
)

// Hash is a permutation's input and output.
type Hash struct {
	Width int      `json:"width"`
	In    []string `json:"in"`
	Out   []string `json:"out"`
}

// Hashes permutes for every width the zeros, the numbers from 1 on, and values near the field's order.
func Hashes() ([]Hash, error) {
	var out []Hash
	for _, width := range []int{4, 8, 16} {
		rounds := map[int]int{4: 56, 8: 57, 16: 57}[width]
		permutation := poseidon2.NewPermutation(width, 8, rounds)
		for _, first := range []int64{0, 1, -100} {
			state := make([]fr.Element, width)
			for i := range state {
				if first != 0 {
					state[i].SetInt64(first + int64(i))
				}
			}
			hash := Hash{Width: width, In: texts(state)}
			if err := permutation.Permutation(state); err != nil {
				return nil, err
			}
			hash.Out = texts(state)
			out = append(out, hash)
		}
	}
	return out, nil
}

func texts(state []fr.Element) []string {
	out := make([]string, len(state))
	for i := range state {
		out[i] = "0x" + state[i].Text(16)
	}
	return out
}
