package vectors_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/vectors"
)

var folder = filepath.Join("..", "..", "tests", "vectors")

func read(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func TestGnarkTakesTheKeptProofs(t *testing.T) {
	var key vectors.Key
	var proofs []vectors.Proof
	read(t, "groth16/key.json", &key)
	read(t, "groth16/proofs.json", &proofs)
	vk, err := vectors.Import(key)
	if err != nil {
		t.Fatal(err)
	}
	for i, proof := range proofs {
		if err := vectors.Verify(vk, proof); err != nil {
			t.Errorf("proof %d: %v", i, err)
		}
		proof.Inputs = proofs[(i+1)%len(proofs)].Inputs
		if vectors.Verify(vk, proof) == nil {
			t.Errorf("proof %d holds for other inputs", i)
		}
	}
}

func TestTheKeptSolidityVerifierIsTheKeptKeys(t *testing.T) {
	var key vectors.Key
	var kept struct {
		Digest string `json:"source_sha256"`
	}
	read(t, "groth16/key.json", &key)
	read(t, "groth16/solidity.json", &kept)
	vk, err := vectors.Import(key)
	if err != nil {
		t.Fatal(err)
	}
	source, err := vectors.Solidity(vk)
	if err != nil {
		t.Fatal(err)
	}
	if digest := fmt.Sprintf("%x", sha256.Sum256(source)); digest != kept.Digest {
		t.Errorf("source of digest %s, compiled was %s", digest, kept.Digest)
	}
}

func TestAKeyIsReadAsItWasWritten(t *testing.T) {
	var key vectors.Key
	read(t, "groth16/key.json", &key)
	vk, err := vectors.Import(key)
	if err != nil {
		t.Fatal(err)
	}
	again, err := vectors.Export(vk)
	if err != nil {
		t.Fatal(err)
	}
	if before, after := text(t, key), text(t, again); before != after {
		t.Errorf("read %s, wrote %s", before, after)
	}
}

func TestAFreshKeyProves(t *testing.T) {
	keys, err := vectors.Setup()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vectors.Export(keys.Checks); err != nil {
		t.Fatal(err)
	}
	proof, err := keys.Prove([3]fr.Element{fr.NewElement(1), fr.NewElement(2), fr.NewElement(3)})
	if err != nil {
		t.Fatal(err)
	}
	if err := vectors.Verify(keys.Checks, proof); err != nil {
		t.Error(err)
	}
}

func TestAKeyWhoseCommitmentCoversAnInputIsNotWritten(t *testing.T) {
	var key vectors.Key
	read(t, "groth16/key.json", &key)
	vk, err := vectors.Import(key)
	if err != nil {
		t.Fatal(err)
	}
	vk.PublicAndCommitmentCommitted = [][]int{{1}}
	if _, err := vectors.Export(vk); err == nil {
		t.Error("the key was written")
	}
	vk.PublicAndCommitmentCommitted = [][]int{{}}
	vk.CommitmentKeys[0].G = vk.G2.Beta
	if _, err := vectors.Export(vk); err == nil {
		t.Error("a key with another base was written")
	}
}

func TestTheKeptHashesAreGnarks(t *testing.T) {
	var kept []vectors.Hash
	read(t, "poseidon2.json", &kept)
	made, err := vectors.Hashes()
	if err != nil {
		t.Fatal(err)
	}
	if before, after := text(t, kept), text(t, made); before != after {
		t.Error("the hashes differ: run go run ./vectors/write ../tests/vectors")
	}
}

func text(t *testing.T, value any) string {
	t.Helper()
	out, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
