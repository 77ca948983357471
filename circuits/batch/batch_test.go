package batch_test

import (
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"novate/circuits/batch"
	"novate/circuits/layout"
)

// The smallest class compiles below its step, with one commitment that covers no public input: so a proof has one
// commitment, and the contract need not know what is on the bus.
func TestSmallestClass(t *testing.T) {
	class := layout.Classes[0]
	c := batch.New(class)
	system, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, c)
	if err != nil {
		t.Fatal(err)
	}
	if got := system.GetNbPublicVariables() - 1; got != 3 {
		t.Errorf("%d public inputs, not 3", got)
	}
	commitments := system.GetCommitments().(constraint.Groth16Commitments)
	if len(commitments) != 1 || len(commitments[0].PublicAndCommitmentCommitted) != 0 {
		t.Errorf("want one commitment over private wires, got %d", len(commitments))
	}
	t.Logf("%s: %d constraints of %d, %d rules", class.Name, system.GetNbConstraints(), class.Step, len(c.Rules()))
	if system.GetNbConstraints() > class.Step {
		t.Errorf("class %s has %d constraints, its step is %d", class.Name, system.GetNbConstraints(), class.Step)
	}
}
