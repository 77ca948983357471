package ceremony

import (
	"encoding/hex"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/multicommit"
	"golang.org/x/crypto/sha3"

	"novate/circuits/keys"
)

// Rehearsal is the class of a circuit of a few constraints with the public inputs and the one commitment of a batch: a
// ceremony for it takes seconds, so contributors try their machines and operators the whole way to a contract.
const Rehearsal = "rehearsal"

// rehearsal states that A and B have this product and sum, and A this square.
type rehearsal struct {
	Product frontend.Variable `gnark:",public"`
	Sum     frontend.Variable `gnark:",public"`
	Square  frontend.Variable `gnark:",public"`
	A, B    frontend.Variable
}

// Define states it, and uses the commitment's challenge as a batch does: after everything is committed.
func (r *rehearsal) Define(api frontend.API) error {
	api.AssertIsEqual(api.Mul(r.A, r.B), r.Product)
	api.AssertIsEqual(api.Add(r.A, r.B), r.Sum)
	square := api.Mul(r.A, r.A)
	api.AssertIsEqual(square, r.Square)
	multicommit.WithCommitment(api, func(api frontend.API, challenge frontend.Variable) error {
		api.AssertIsEqual(api.Mul(challenge, square), api.Mul(api.Mul(challenge, r.A), r.A))
		return nil
	}, r.A, r.B)
	return nil
}

// CompileRehearsal compiles the circuit of a rehearsal.
func CompileRehearsal() (*keys.System, error) {
	system, err := keys.Compile(&rehearsal{})
	if err != nil {
		return nil, err
	}
	return &keys.System{R1CS: system, Digest: keys.Digest(system)}, nil
}

// Trial is a proof under the keys of a rehearsal, with its public inputs.
type Trial struct {
	Proof  string `json:"proof"` // as docs/keys.md has them
	Inputs [3]int `json:"inputs"`
}

// Try proves something with the keys of a rehearsal, and checks it.
func Try(pk *groth16.ProvingKey, vk *groth16.VerifyingKey) (*Trial, error) {
	system, err := CompileRehearsal()
	if err != nil {
		return nil, err
	}
	inputs := [3]int{15, 8, 9}
	full, err := frontend.NewWitness(&rehearsal{Product: inputs[0], Sum: inputs[1], Square: inputs[2], A: 3, B: 5}, fr.Modulus())
	if err != nil {
		return nil, err
	}
	proof, err := groth16.Prove(system.R1CS, pk, full, backend.WithProverHashToFieldFunction(sha3.NewLegacyKeccak256()))
	if err != nil {
		return nil, err
	}
	public := make(fr.Vector, len(inputs))
	for i, x := range inputs {
		public[i].SetInt64(int64(x))
	}
	if err := groth16.Verify(proof, vk, public, backend.WithVerifierHashToFieldFunction(sha3.NewLegacyKeccak256())); err != nil {
		return nil, err
	}
	return &Trial{hex.EncodeToString(proof.MarshalSolidity()), inputs}, nil
}
