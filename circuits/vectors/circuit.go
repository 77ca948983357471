// Package vectors makes the fixed test vectors of the verifiers: a small circuit with the public inputs of a batch and
// one commitment over private wires, its development key, proofs, and hashes.
package vectors

import (
	"errors"

	"github.com/consensys/gnark/frontend"
)

// Circuit holds for every p, z and F: what matters is the shape of its key. Public inputs are used, so that none of
// their points in the key is infinity, and they are committed to as private copies only.
type Circuit struct {
	Sponge    frontend.Variable `gnark:",public"`
	Challenge frontend.Variable `gnark:",public"`
	Fold      frontend.Variable `gnark:",public"`
	Copies    [3]frontend.Variable
}

// Define states that the copies equal the inputs and that their commitment is not zero.
func (c *Circuit) Define(api frontend.API) error {
	for i, input := range []frontend.Variable{c.Sponge, c.Challenge, c.Fold} {
		api.AssertIsEqual(c.Copies[i], input)
	}
	committer, ok := api.(frontend.Committer)
	if !ok {
		return errors.New("vectors: the builder does not commit")
	}
	commitment, err := committer.Commit(c.Copies[:]...)
	if err != nil {
		return err
	}
	api.AssertIsDifferent(commitment, 0)
	return nil
}
