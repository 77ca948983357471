// Command write makes the vectors anew: a fresh key, proofs, gnark's Solidity verifier, and hashes.
//
//	go run ./vectors/write ../tests/vectors
//
// The tests keep the Solidity verifier compiled (tests/vectors/groth16/solidity.json names compiler, settings and the
// source's digest), so that they need no Solidity compiler.
package main

import (
	"encoding/json"
	"errors"
	"log"
	"os"
	"path/filepath"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/vectors"
)

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: write FOLDER")
	}
	if err := run(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func run(folder string) error {
	keys, err := vectors.Setup()
	if err != nil {
		return err
	}
	key, err := vectors.Export(keys.Checks)
	if err != nil {
		return err
	}
	var proofs []vectors.Proof
	for i := range 3 {
		var inputs [3]fr.Element
		for j := range inputs {
			if _, err := inputs[j].SetRandom(); err != nil {
				return err
			}
		}
		if i == 0 {
			inputs = [3]fr.Element{fr.NewElement(0), fr.NewElement(1), fr.NewElement(2)}
		}
		proof, err := keys.Prove(inputs)
		if err != nil {
			return err
		}
		proofs = append(proofs, proof)
	}
	hashes, err := vectors.Hashes()
	if err != nil {
		return err
	}
	source, err := vectors.Solidity(keys.Checks)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "groth16", "Verifier.sol"), source, 0o644),
		write(filepath.Join(folder, "groth16", "key.json"), key),
		write(filepath.Join(folder, "groth16", "proofs.json"), proofs),
		write(filepath.Join(folder, "poseidon2.json"), hashes),
	)
}

func write(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
