// Package poseidon is the hash of pages, nodes and messages outside a circuit: Poseidon2 over BN254's scalar field with
// gnark-crypto's parameters, x^5 and 128 bits of security. Kernel.Compress is the same
// hash in a circuit; the kernel's tests compare the two.
package poseidon

import (
	"runtime"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/poseidon2"
)

// FullRounds of every width.
const FullRounds = 8

// PartialRounds by width.
var PartialRounds = map[int]int{4: 56, 8: 57, 16: 57}

var permutations = func() map[int]*poseidon2.Permutation {
	out := map[int]*poseidon2.Permutation{}
	for width, partial := range PartialRounds {
		out[width] = poseidon2.NewPermutation(width, FullRounds, partial)
	}
	return out
}()

// Compress is the first cell of the permutation plus the first cell of its input. It overwrites cells, of which there
// are 4, 8 or 16.
func Compress(cells []fr.Element) fr.Element {
	first := cells[0]
	if err := permutations[len(cells)].Permutation(cells); err != nil {
		panic(err)
	}
	return *first.Add(&first, &cells[0])
}

// worthwhile is how many tasks of some ten microseconds outweigh starting a goroutine for them.
const worthwhile = 4

// Parallel calls work(from, to) on consecutive parts of 0..n, on every processor.
func Parallel(n int, work func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), n/worthwhile)
	if parts < 2 {
		work(0, n)
		return
	}
	var group sync.WaitGroup
	for i := range parts {
		group.Go(func() { work(n*i/parts, n*(i+1)/parts) })
	}
	group.Wait()
}
