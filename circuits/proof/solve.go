package proof

import (
	"crypto/sha256"
	"math/big"
	"strings"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/constraint/solver"
	fcs "github.com/consensys/gnark/frontend/cs"

	"novate/circuits/trace"
)

// Solve runs the compiled constraint system over a witness without a key: nil if all constraints hold, else an
// *UnsatisfiedError. A hash of the committed wires takes the commitment's place, so the challenge depends on all of them.
func Solve(system *cs.R1CS, w *trace.Witness) error {
	full, err := w.Vector()
	if err != nil {
		return err
	}
	_, err = system.Solve(full, solver.OverrideHint(solver.GetHintID(fcs.Bsb22CommitmentComputePlaceholder), standIn))
	return unsatisfied(err)
}

func standIn(_ *big.Int, in, out []*big.Int) error {
	hash := sha256.New()
	var buffer [32]byte
	for _, wire := range in[1:] {
		hash.Write(wire.FillBytes(buffer[:]))
	}
	out[0].SetBytes(hash.Sum(nil))
	out[0].Mod(out[0], fr.Modulus())
	return nil
}

// unsatisfied is a solver's error as this package has it. A hint that finds no answer is a refusal too: of the inputs that
// it was given.
func unsatisfied(err error) error {
	if err == nil {
		return nil
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return &UnsatisfiedError{Constraint: first}
}
