package keys

import (
	"fmt"

	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/debug"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// CommitmentError is a circuit whose proofs the contract could not check: it knows of one commitment, which covers
// private wires only.
type CommitmentError struct{ Commitments [][]int }

func (e *CommitmentError) Error() string {
	return fmt.Sprintf("COMMITMENT: public or commitment wires under each commitment: %v, wanted [[]]", e.Commitments)
}

// Compile compiles a circuit and asserts its one commitment.
func Compile(circuit frontend.Circuit) (*cs.R1CS, error) {
	compiled, err := frontend.Compile(fr.Modulus(), r1cs.NewBuilder, circuit)
	if err != nil {
		return nil, err
	}
	system := compiled.(*cs.R1CS)
	strip(system)
	_, err = commitment(system)
	return system, err
}

// strip drops names and places in the source: rules name what is broken, and a cached circuit says nothing of the machine
// that compiled it.
func strip(system *cs.R1CS) {
	system.DebugInfo, system.MDebug, system.SymbolTable = nil, map[int]int{}, debug.NewSymbolTable()
	for _, names := range [][]string{system.Public, system.Secret} {
		clear(names)
	}
}

// commitment is the one commitment of a system, over private wires only.
func commitment(system *cs.R1CS) (constraint.Groth16Commitment, error) {
	all := system.CommitmentInfo.(constraint.Groth16Commitments)
	if len(all) == 1 && len(all[0].PublicAndCommitmentCommitted) == 0 {
		return all[0], nil
	}
	err := &CommitmentError{}
	for _, c := range all {
		err.Commitments = append(err.Commitments, c.PublicAndCommitmentCommitted)
	}
	return constraint.Groth16Commitment{}, err
}

// wires counts all wires of a system, the constant included.
func wires(system *cs.R1CS) int {
	return system.GetNbPublicVariables() + system.GetNbSecretVariables() + system.NbInternalVariables
}
