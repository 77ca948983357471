package keys

import (
	"os"
	"testing"
	"time"
)

// BenchmarkWholePath reports what every step costs at the size of a demo batch: go test -bench WholePath -benchtime 1x.
func BenchmarkWholePath(b *testing.B) {
	const numbers = 2200
	for b.Loop() {
		begun := time.Now()
		mark := func(what string) {
			b.Logf("%-8s %8.2f s", what, time.Since(begun).Seconds())
			begun = time.Now()
		}
		dir := b.TempDir()
		system := &System{R1CS: compiledMixture(b, numbers)}
		mark("compile")
		system.Digest = Digest(system.R1CS)
		mark("digest")
		if err := writeSystem(dir+"/x.system", "p", system); err != nil {
			b.Fatal(err)
		}
		mark("cache")
		system, err := readSystem(dir+"/x.system", "p")
		if err != nil {
			b.Fatal(err)
		}
		mark("uncache")
		progress := NewProgress(os.Stderr)
		pk, vk, err := Setup(system.R1CS, progress)
		if err != nil {
			b.Fatal(err)
		}
		progress.Finish()
		n := system.GetNbConstraints()
		b.Logf("%d constraints, %.1f us a constraint", n, 1e6*time.Since(begun).Seconds()/float64(n))
		mark("set-up")
		if _, err := Save(dir, "XS", 1, system.Digest, n, pk, vk); err != nil {
			b.Fatal(err)
		}
		mark("save")
		pair, err := Load(dir, "XS", system.Digest)
		if err != nil {
			b.Fatal(err)
		}
		mark("load")
		full := satisfied(b, numbers)
		mark("witness")
		proof := proved(b, system.R1CS, pair.Proving, full)
		mark("prove")
		if err := verified(proof, pair.Verifying, full); err != nil {
			b.Fatal(err)
		}
		mark("verify")
	}
}
