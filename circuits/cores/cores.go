// Package cores shares work among all cores.
package cores

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each runs work(0..n-1) on every core.
func Each(n int, work func(int)) {
	Workers(n, func() func(int) { return work })
}

// Workers lets a worker of every core do its share of the work 0..n-1; a worker has memory of its own.
func Workers(n int, worker func() func(int)) {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		group.Go(func() {
			work := worker()
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				work(int(i))
			}
		})
	}
	group.Wait()
}
