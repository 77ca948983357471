package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/frontend"
	"golang.org/x/crypto/sha3"
)

// saved makes keys of a mixture in a new folder.
func saved(t *testing.T, numbers int) (dir, digest string) {
	t.Helper()
	dir = t.TempDir()
	system := compiledMixture(t, numbers)
	pk, vk, err := Setup(system, nil)
	if err != nil {
		t.Fatal(err)
	}
	digest = Digest(system)
	if _, err := Save(dir, "XS", 1, digest, system.GetNbConstraints(), pk, vk); err != nil {
		t.Fatal(err)
	}
	return dir, digest
}

func TestKeysFromFilesProveAndVerify(t *testing.T) {
	dir, digest := saved(t, 20)
	pair, err := Load(dir, "XS", digest)
	if err != nil {
		t.Fatal(err)
	}
	full := satisfied(t, 20)
	proof := proved(t, compiledMixture(t, 20), pair.Proving, full)
	if err := verified(proof, pair.Verifying, full); err != nil {
		t.Error(err)
	}
	if !pair.Record.Development || pair.Record.ClassNumber != 1 || pair.Record.Constraints == 0 {
		t.Errorf("record %+v", pair.Record)
	}
}

func TestTheRecordAloneVerifiesAProof(t *testing.T) {
	dir, digest := saved(t, 20)
	pair, err := Load(dir, "XS", digest)
	if err != nil {
		t.Fatal(err)
	}
	full := satisfied(t, 20)
	proof := proved(t, compiledMixture(t, 20), pair.Proving, full)
	text, err := os.ReadFile(Path(dir, "XS", digest, "json"))
	if err != nil {
		t.Fatal(err)
	}
	var record Record
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	inputs := full.Vector().(fr.Vector)[:3]
	if !holds(t, record, proof, inputs) {
		t.Error("the equations of the record refuse the proof")
	}
	inputs[2].SetUint64(9)
	if holds(t, record, proof, inputs) {
		t.Error("the equations of the record accept another input")
	}
}

// holds checks the two equations of docs/keys.md over the record's points.
func holds(t *testing.T, r Record, proof *groth16.Proof, inputs fr.Vector) bool {
	t.Helper()
	keccak := sha3.NewLegacyKeccak256()
	keccak.Write(proof.Commitments[0].Marshal())
	var h fr.Element
	h.SetBytes(keccak.Sum(nil))
	sum := g1(r.K[0])
	for i, x := range append(append(fr.Vector{}, inputs...), h) {
		term := g1(r.K[1+i])
		term.ScalarMultiplication(&term, x.BigInt(new(big.Int)))
		sum.Add(&sum, &term)
	}
	sum.Add(&sum, &proof.Commitments[0])
	var minusA bn254.G1Affine
	minusA.Neg(&proof.Ar)
	groth, err := bn254.PairingCheck([]bn254.G1Affine{minusA, g1(r.Alpha), sum, proof.Krs},
		[]bn254.G2Affine{proof.Bs, g2(r.Beta), g2(r.Gamma), g2(r.Delta)})
	if err != nil {
		t.Fatal(err)
	}
	known, err := bn254.PairingCheck([]bn254.G1Affine{proof.Commitments[0], proof.CommitmentPok},
		[]bn254.G2Affine{g2(r.BaseSigmaNeg), g2(r.Base)})
	if err != nil {
		t.Fatal(err)
	}
	return groth && known
}

func g1(p Point) bn254.G1Affine { return bn254.G1Affine{X: element(p[0]), Y: element(p[1])} }

func g2(p Point) bn254.G2Affine {
	return bn254.G2Affine{
		X: bn254.E2{A0: element(p[1]), A1: element(p[0])},
		Y: bn254.E2{A0: element(p[3]), A1: element(p[2])},
	}
}

func element(text string) fp.Element {
	var e fp.Element
	x, _ := new(big.Int).SetString(text, 0)
	return *e.SetBigInt(x)
}

func TestFilesThatAreNotTheKeyAreRefused(t *testing.T) {
	spoil := func(kind string, change func([]byte) []byte) func(*testing.T, string, string) {
		return func(t *testing.T, dir, digest string) {
			path := Path(dir, "XS", digest, kind)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, change(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	remove := func(kind string) func(*testing.T, string, string) {
		return func(t *testing.T, dir, digest string) { os.Remove(Path(dir, "XS", digest, kind)) }
	}
	flip := func(text []byte) []byte { text[len(text)-40] ^= 1; return text }
	swap := func(old, new string) func([]byte) []byte {
		return func(text []byte) []byte { return bytes.Replace(text, []byte(old), []byte(new), 1) }
	}
	sound, digest := saved(t, 1)
	for name, c := range map[string]struct {
		change func(*testing.T, string, string)
		code   string
	}{
		"a bit of the proving key":            {spoil("proving", flip), KeyCorrupt},
		"a proving key cut short":             {spoil("proving", func(b []byte) []byte { return b[:len(b)-100] }), KeyCorrupt},
		"a proving key with something behind": {spoil("proving", func(b []byte) []byte { return append(b, 1) }), KeyCorrupt},
		"an empty proving key":                {spoil("proving", func([]byte) []byte { return nil }), KeyCorrupt},
		"a proving key of another class":      {spoil("proving", swap(`"class":"XS"`, `"class":"XL"`)), KeyMismatch},
		"no proving key":                      {remove("proving"), KeyMissing},
		"a bit of the verifying key":          {spoil("verifying", flip), KeyCorrupt},
		"no verifying key":                    {remove("verifying"), KeyMissing},
		"no record":                           {remove("json"), KeyMissing},
		"a record of another class":           {spoil("json", swap(`"class": "XS"`, `"class": "XL"`)), KeyMismatch},
		"a record of another form":            {spoil("json", swap("key 1", "key 2")), KeyCorrupt},
		"a record with another point":         {spoil("json", swap(`"0x`, `"0x1`)), KeyCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(sound)); err != nil {
				t.Fatal(err)
			}
			c.change(t, dir, digest)
			_, err := Load(dir, "XS", digest)
			var fault *Error
			if !errors.As(err, &fault) || fault.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
}

func TestADigestNamesTheSystemAndNothingElse(t *testing.T) {
	one, again, other := Digest(compiledMixture(t, 5)), Digest(compiledMixture(t, 5)), Digest(compiledMixture(t, 6))
	if one != again {
		t.Error("two compilations of one circuit have two digests")
	}
	if one == other {
		t.Error("two circuits have one digest")
	}
	system := compiledMixture(t, 5)
	system.Coefficients[len(system.Coefficients)-1].SetUint64(12345)
	if Digest(system) == one {
		t.Error("the digest forgets a coefficient")
	}
}

func TestACachedSystemIsTheCompiledOne(t *testing.T) {
	dir := t.TempDir()
	compilations := 0
	load := func() *System {
		system, err := LoadOrCompile(dir, "XS", func() frontend.Circuit { compilations++; return newMixture(20) }, nil)
		if err != nil {
			t.Fatal(err)
		}
		return system
	}
	compiled, cached := load(), load()
	if compilations != 1 || cached.Digest != compiled.Digest || Digest(cached.R1CS) != compiled.Digest {
		t.Errorf("%d compilations; digests %s, %s", compilations, compiled.Digest, cached.Digest)
	}
	pk, vk, err := Setup(cached.R1CS, nil)
	if err != nil {
		t.Fatal(err)
	}
	full := satisfied(t, 20)
	if err := verified(proved(t, cached.R1CS, pk, full), vk, full); err != nil {
		t.Error(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.system"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(files[0], text, 0o644); err != nil {
		t.Fatal(err)
	}
	if load().Digest != compiled.Digest || compilations != 2 {
		t.Error("a spoiled cache was used")
	}
}
