package cores

import (
	"runtime"
	"sync/atomic"
	"testing"
)

func TestEveryPieceIsDoneOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		done := make([]atomic.Int32, n)
		Each(n, func(i int) { done[i].Add(1) })
		for i := range done {
			if done[i].Load() != 1 {
				t.Errorf("piece %d of %d was done %d times", i, n, done[i].Load())
			}
		}
	}
}

func TestAWorkerIsMadeOnceACoreAtMost(t *testing.T) {
	var made, done atomic.Int64
	Workers(1000, func() func(int) {
		made.Add(1)
		return func(int) { done.Add(1) }
	})
	if most := int64(runtime.GOMAXPROCS(0)); made.Load() > most || done.Load() != 1000 {
		t.Errorf("%d workers for %d cores did %d of 1000 pieces", made.Load(), most, done.Load())
	}
}
