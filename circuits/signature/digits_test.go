package signature

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/schnorr"
)

// split is a hash and its low bits, by itself: no hash can be made to lie at the top of the field.
type split struct{ Hash, E frontend.Variable }

// The circuit reads hashes up to the bound that signers and the native verifier keep, and none beyond.
func TestHashBound(t *testing.T) {
	define := func(k *kernel.Kernel, s *split) { lowBits(k, s.Hash, s.E) }
	system := chiptest.Compile(t, define, split{})
	mask := new(big.Int).Sub(kernel.Power(schnorr.ChallengeBits), big.NewInt(1))
	for _, c := range []struct {
		name  string
		hash  *big.Int
		holds bool
	}{
		{"zero", new(big.Int), true},
		{"below the bound", new(big.Int).Sub(schnorr.HashBound, big.NewInt(1)), true},
		{"the bound", schnorr.HashBound, false},
		{"the last element", new(big.Int).Sub(field, big.NewInt(1)), false},
	} {
		s := split{c.hash, new(big.Int).And(c.hash, mask)}
		if names := chiptest.Observe(t, define, s, kernel.NewObserver()); (len(names) == 0) != c.holds {
			t.Errorf("%s: breaks %v", c.name, names)
		}
		if chiptest.Solves(t, system, s) != c.holds {
			t.Errorf("%s: the compiled circuit says otherwise", c.name)
		}
	}
}
