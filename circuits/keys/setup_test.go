package keys

import (
	"bytes"
	"crypto/rand"
	mathrand "math/rand/v2"
	"reflect"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/solidity"
	"github.com/consensys/gnark/backend/witness"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"

	"novate/circuits/kernel"
	"novate/circuits/poseidon"
)

// mixture is a small circuit of the kind that batches are: hashes and ranges over one bus, three public inputs.
type mixture struct {
	Sponge    frontend.Variable `gnark:",public"`
	Challenge frontend.Variable `gnark:",public"`
	Fold      frontend.Variable `gnark:",public"`
	Numbers   []frontend.Variable
}

// Define states that Sponge is the chained hash of the numbers, all of 36 bits, and Fold their sum over Challenge.
func (m *mixture) Define(api frontend.API) error {
	k := kernel.New(api, nil)
	var h, sum frontend.Variable = 0, 0
	for _, n := range m.Numbers {
		k.Range("mixture: number", n, 3)
		h = k.Compress(h, n, n, n)
		sum = api.Add(sum, n)
	}
	k.Equal("mixture: sponge", h, m.Sponge)
	k.Equal("mixture: fold", api.Mul(m.Fold, m.Challenge), sum)
	return nil
}

func newMixture(numbers int) *mixture { return &mixture{Numbers: make([]frontend.Variable, numbers)} }

// satisfied fills a mixture.
func satisfied(t testing.TB, numbers int) witness.Witness {
	t.Helper()
	m := newMixture(numbers)
	var h, sum, challenge fr.Element
	for i := range m.Numbers {
		var n fr.Element
		n.SetUint64(uint64(i) * 1000003 % (1 << 36))
		h = poseidon.Compress([]fr.Element{h, n, n, n})
		sum.Add(&sum, &n)
		m.Numbers[i] = n
	}
	challenge.SetUint64(7)
	m.Sponge, m.Challenge, m.Fold = h, challenge, *new(fr.Element).Div(&sum, &challenge)
	w, err := frontend.NewWitness(m, fr.Modulus())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func compiledMixture(t testing.TB, numbers int) *cs.R1CS {
	t.Helper()
	system, err := Compile(newMixture(numbers))
	if err != nil {
		t.Fatal(err)
	}
	return system
}

// repeatable makes the process's randomness one fixed stream until the test ends.
func repeatable(t *testing.T) {
	t.Helper()
	before := rand.Reader
	rand.Reader = mathrand.NewChaCha8([32]byte{1})
	t.Cleanup(func() { rand.Reader = before })
}

func TestSetupMakesTheKeyThatGnarkMakesOfTheSameSecrets(t *testing.T) {
	system := compiledMixture(t, 20)
	var wanted groth16.ProvingKey
	var wantedVerifier groth16.VerifyingKey
	repeatable(t)
	if err := groth16.Setup(system, &wanted, &wantedVerifier); err != nil {
		t.Fatal(err)
	}
	repeatable(t)
	pk, vk, err := Setup(system, nil)
	if err != nil {
		t.Fatal(err)
	}
	compare := func(what string, got, want any) {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s differs", what)
		}
	}
	compare("points of G1", pk.G1, wanted.G1)
	compare("points of G2", pk.G2, wanted.G2)
	compare("wires without A", pk.InfinityA, wanted.InfinityA)
	compare("wires without B", pk.InfinityB, wanted.InfinityB)
	compare("their number", []uint64{pk.NbInfinityA, pk.NbInfinityB}, []uint64{wanted.NbInfinityA, wanted.NbInfinityB})
	compare("the commitment's basis", pk.CommitmentKeys[0].Basis, wanted.CommitmentKeys[0].Basis)
	compare("the verifier's points of G1", vk.G1, wantedVerifier.G1)
	compare("the verifier's points of G2", vk.G2, wantedVerifier.G2)
	compare("what is under the commitment", vk.PublicAndCommitmentCommitted, wantedVerifier.PublicAndCommitmentCommitted)
	var got, want bytes.Buffer
	pk.Domain.WriteTo(&got)
	wanted.Domain.WriteTo(&want)
	compare("the domain", got.Bytes(), want.Bytes())
}

func TestTheCommitmentIsMadeOverGamma(t *testing.T) {
	pk, vk, err := Setup(compiledMixture(t, 20), nil)
	if err != nil {
		t.Fatal(err)
	}
	if vk.CommitmentKeys[0].G != vk.G2.Gamma {
		t.Error("the commitment's base is not gamma")
	}
	key := pk.CommitmentKeys[0]
	// e(sigma * basis, gamma) = e(basis, sigma * gamma) for a point of the basis, and the last.
	for _, i := range []int{0, len(key.Basis) - 1} {
		one, err := bn254.PairingCheck([]bn254.G1Affine{key.BasisExpSigma[i], key.Basis[i]},
			[]bn254.G2Affine{vk.CommitmentKeys[0].G, vk.CommitmentKeys[0].GSigmaNeg})
		if err != nil || !one {
			t.Errorf("point %d of the basis is not multiplied by sigma", i)
		}
	}
}

// proved proves and verifies with gnark's own prover and verifier.
func proved(t testing.TB, system *cs.R1CS, pk *groth16.ProvingKey, full witness.Witness) *groth16.Proof {
	t.Helper()
	proof, err := groth16.Prove(system, pk, full, solidity.WithProverTargetSolidityVerifier(backend.GROTH16))
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

func verified(proof *groth16.Proof, vk *groth16.VerifyingKey, full witness.Witness) error {
	public, err := full.Public()
	if err != nil {
		return err
	}
	return groth16.Verify(proof, vk, public.Vector().(fr.Vector), solidity.WithVerifierTargetSolidityVerifier(backend.GROTH16))
}

func TestGnarkProvesAndVerifiesWithTheKey(t *testing.T) {
	system, full := compiledMixture(t, 20), satisfied(t, 20)
	pk, vk, err := Setup(system, nil)
	if err != nil {
		t.Fatal(err)
	}
	proof := proved(t, system, pk, full)
	if err := verified(proof, vk, full); err != nil {
		t.Error(err)
	}
	if len(proof.MarshalSolidity()) != 384 {
		t.Errorf("a proof of %d bytes", len(proof.MarshalSolidity()))
	}
	_, other, err := Setup(system, nil)
	if err != nil {
		t.Fatal(err)
	}
	if verified(proof, other, full) == nil {
		t.Error("another key accepts the proof")
	}
	public := full.Vector().(fr.Vector)
	public[0].SetUint64(5)
	if verified(proof, vk, full) == nil {
		t.Error("another public input is accepted")
	}
}

func TestTwoSetupsShareNoSecret(t *testing.T) {
	system := compiledMixture(t, 1)
	pk, vk, err := Setup(system, nil)
	if err != nil {
		t.Fatal(err)
	}
	otherKey, other, err := Setup(system, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !pk.IsDifferent(otherKey) || !vk.IsDifferent(other) || vk.CommitmentKeys[0].GSigmaNeg == other.CommitmentKeys[0].GSigmaNeg {
		t.Error("two keys share points")
	}
}

func TestProgressTellsEveryPhase(t *testing.T) {
	var out bytes.Buffer
	progress := NewProgress(&out)
	if _, _, err := Setup(compiledMixture(t, 20), progress); err != nil {
		t.Fatal(err)
	}
	progress.Finish()
	for _, want := range []string{`{"phase":"scalars","fraction":0,`, `{"phase":"points","fraction":1,`} {
		if !bytes.Contains(out.Bytes(), []byte(want)) {
			t.Errorf("%s lacks %s", out.String(), want)
		}
	}
	if len(progress.Seconds()) != 2 {
		t.Errorf("seconds of %v", progress.Seconds())
	}
}

// overPublic commits to a public input.
type overPublic struct {
	Public frontend.Variable `gnark:",public"`
}

func (o *overPublic) Define(api frontend.API) error {
	kernel.New(api, nil).Range("public: range", o.Public, 1)
	return nil
}

// without has no commitment at all.
type without struct {
	Public frontend.Variable `gnark:",public"`
}

func (w *without) Define(api frontend.API) error {
	api.AssertIsEqual(api.Mul(w.Public, w.Public), 4)
	return nil
}

func TestACircuitNeedsOneCommitmentOverPrivateWires(t *testing.T) {
	for _, circuit := range []frontend.Circuit{&overPublic{}, &without{}} {
		system, err := Compile(circuit)
		if _, ok := err.(*CommitmentError); !ok {
			t.Errorf("%T compiles: %v", circuit, err)
		}
		if _, _, err := Setup(system, nil); err == nil {
			t.Errorf("%T gets a key", circuit)
		}
	}
}
