package poseidon

import (
	"sync/atomic"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

func TestParallelCoversEachOnce(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 100, 1001} {
		seen := make([]int32, n)
		Parallel(n, func(from, to int) {
			for i := from; i < to; i++ {
				atomic.AddInt32(&seen[i], 1)
			}
		})
		for i, times := range seen {
			if times != 1 {
				t.Fatalf("%d of %d was done %d times", i, n, times)
			}
		}
	}
}

func benchmark(b *testing.B, width int) {
	cells := make([]fr.Element, width)
	for b.Loop() {
		Compress(cells)
	}
}

func BenchmarkCompress4(b *testing.B)  { benchmark(b, 4) }
func BenchmarkCompress8(b *testing.B)  { benchmark(b, 8) }
func BenchmarkCompress16(b *testing.B) { benchmark(b, 16) }
