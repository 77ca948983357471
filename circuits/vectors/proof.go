package vectors

import (
	"bytes"
	"encoding/hex"
	"errors"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	gnark "github.com/consensys/gnark/backend/groth16"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/solidity"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
)

// Proof is a proof in 384 bytes and the public inputs that it holds for.
type Proof struct {
	Inputs [3]string `json:"inputs"`
	Proof  string    `json:"proof"`
}

// Keys is a compiled circuit with both keys of a development set-up.
type Keys struct {
	System  constraint.ConstraintSystem
	Proving *groth16.ProvingKey
	Checks  *groth16.VerifyingKey
}

// Setup compiles the circuit and makes fresh keys.
func Setup() (Keys, error) {
	system, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &Circuit{})
	if err != nil {
		return Keys{}, err
	}
	proving, checks, err := gnark.Setup(system)
	if err != nil {
		return Keys{}, err
	}
	keys := Keys{system, proving.(*groth16.ProvingKey), checks.(*groth16.VerifyingKey)}
	return keys, Rebase(keys.Proving, keys.Checks)
}

// Prove makes a proof for these inputs.
func (k Keys) Prove(inputs [3]fr.Element) (Proof, error) {
	assignment := &Circuit{Sponge: inputs[0], Challenge: inputs[1], Fold: inputs[2]}
	for i := range inputs {
		assignment.Copies[i] = inputs[i]
	}
	witness, err := frontend.NewWitness(assignment, ecc.BN254.ScalarField())
	if err != nil {
		return Proof{}, err
	}
	proof, err := gnark.Prove(k.System, k.Proving, witness, solidity.WithProverTargetSolidityVerifier(backend.GROTH16))
	if err != nil {
		return Proof{}, err
	}
	out := Proof{Proof: hex.EncodeToString(proof.(*groth16.Proof).MarshalSolidity())}
	for i := range inputs {
		out.Inputs[i] = "0x" + inputs[i].Text(16)
	}
	return out, nil
}

// Verify asks gnark whether a proof holds under a key.
func Verify(vk *groth16.VerifyingKey, p Proof) error {
	proof, err := parse(p.Proof)
	if err != nil {
		return err
	}
	inputs := make(fr.Vector, len(p.Inputs))
	for i, text := range p.Inputs {
		if _, err := inputs[i].SetString(text); err != nil {
			return err
		}
	}
	return groth16.Verify(proof, vk, inputs, solidity.WithVerifierTargetSolidityVerifier(backend.GROTH16))
}

// Solidity is gnark's exported verifier of a key.
func Solidity(vk *groth16.VerifyingKey) ([]byte, error) {
	var source bytes.Buffer
	err := vk.ExportSolidity(&source)
	return source.Bytes(), err
}

// parse undoes MarshalSolidity.
func parse(text string) (*groth16.Proof, error) {
	data, err := hex.DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(data) != 384 {
		return nil, errors.New("vectors: a proof has 384 bytes")
	}
	proof := &groth16.Proof{Commitments: make([]bn254.G1Affine, 1)}
	return proof, errors.Join(
		proof.Ar.Unmarshal(data[0:64]),
		proof.Bs.Unmarshal(data[64:192]),
		proof.Krs.Unmarshal(data[192:256]),
		proof.Commitments[0].Unmarshal(data[256:320]),
		proof.CommitmentPok.Unmarshal(data[320:384]),
	)
}
