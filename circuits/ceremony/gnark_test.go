package ceremony

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"slices"
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"
	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/multicommit"

	"novate/circuits/keys"
)

// copied passes a contribution from this encoding to gnark's, or back.
func copied(t *testing.T, from, into serial) {
	t.Helper()
	var buffer bytes.Buffer
	if _, err := from.WriteTo(&buffer); err != nil {
		t.Fatal(err)
	}
	text := bytes.Clone(buffer.Bytes())
	if _, err := into.ReadFrom(&buffer); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if _, err := into.WriteTo(&again); err != nil || !bytes.Equal(text, again.Bytes()) {
		t.Fatal("another encoding:", err)
	}
}

// asGnark is a contribution as gnark's.
func asGnark(t *testing.T, p *powers) *mpcsetup.Phase1 {
	t.Helper()
	g := &mpcsetup.Phase1{}
	copied(t, p, g)
	return g
}

func TestGnarkTakesOurContributionsAndWeItsOwn(t *testing.T) {
	first := newPowers(8)
	if got, err := digestOfSerial(mpcsetup.NewPhase1(8)); err != nil || got != hex.EncodeToString(first.hash()) {
		t.Fatal("phase 1 begins otherwise:", err)
	}
	ours := newPowers(8)
	ours.contribute()
	if err := asGnark(t, first).Verify(asGnark(t, ours)); err != nil {
		t.Error("gnark refuses ours:", err)
	}
	g, theirs := asGnark(t, ours), &powers{}
	g.Contribute()
	copied(t, g, theirs)
	if err := ours.verify(theirs); err != nil {
		t.Error("we refuse gnark's:", err)
	}
}

// wide is a circuit with many coefficients that are not small, and wires in many constraints.
type wide struct {
	Out frontend.Variable `gnark:",public"`
	In  [40]frontend.Variable
}

func (w *wide) Define(api frontend.API) error {
	sum := frontend.Variable(0)
	for i, in := range w.In {
		var factor fr.Element
		factor.SetUint64(uint64(i + 3)).Inverse(&factor)
		sum = api.Add(api.Mul(sum, in), api.Mul(in, factor), api.Mul(w.In[0], -i-1))
	}
	api.AssertIsEqual(sum, w.Out)
	multicommit.WithCommitment(api, func(api frontend.API, challenge frontend.Variable) error {
		api.AssertIsDifferent(api.Mul(challenge, sum), 0)
		return nil
	}, w.In[3], w.In[5])
	return nil
}

func TestPhaseTwoBeginsAsGnarks(t *testing.T) {
	compiled, err := keys.Compile(&wide{})
	if err != nil {
		t.Fatal(err)
	}
	small, err := CompileRehearsal()
	if err != nil {
		t.Fatal(err)
	}
	beacon := []byte("a beacon of bytes")
	for name, system := range map[string]*cs.R1CS{"rehearsal": small.R1CS, "wide": compiled} {
		domain := uint64(1)
		for int(domain) < system.GetNbConstraints() {
			domain *= 2
		}
		p := newPowers(domain)
		p.contribute()
		theirs := asGnark(t, p).Seal(beacon)
		secrets, unsealed := p.last(beacon), asGnark(t, p)
		ends := p.ends(secrets)
		p.multiply(secrets[0], secrets[1], secrets[2])
		if !reflect.DeepEqual(theirs, p.commons) {
			t.Fatal(name, "phase 1 ends otherwise")
		}
		want := &mpcsetup.Phase2{}
		wanted := want.Initialize(system, &theirs)
		start, parts := begin2(system, &p.commons, nil)
		if !slices.Equal(start.Parameters.G1.Z, want.Parameters.G1.Z) || !reflect.DeepEqual(start.Parameters, want.Parameters) ||
			!reflect.DeepEqual(start, want) || !reflect.DeepEqual(parts, wanted) {
			t.Fatal(name, "phase 2 begins otherwise")
		}
		before := &powers{}
		copied(t, unsealed, before)
		if err := check(system, before, secrets, start, &parts); err != nil {
			t.Error(name, err)
		}
		start.Contribute()
		whole := digestOfKeys(t, start, &theirs, wanted, beacon)
		short := digestOfKeys(t, start, ends, parts, beacon)
		if whole != short {
			t.Error(name, "the ends of the powers make another key")
		}
	}
}

// digestOfKeys seals a copy of phase 2.
func digestOfKeys(t *testing.T, p *mpcsetup.Phase2, commons *mpcsetup.SrsCommons, parts mpcsetup.Phase2Evaluations, beacon []byte) string {
	t.Helper()
	own := &mpcsetup.Phase2{}
	copied(t, p, own)
	proving, verifying := own.Seal(commons, &parts, beacon)
	first, err := digestOfSerial(proving.(*groth16.ProvingKey))
	if err != nil {
		t.Fatal(err)
	}
	second, err := digestOfSerial(verifying.(*groth16.VerifyingKey))
	if err != nil {
		t.Fatal(err)
	}
	return first + second
}

// TestAnyPointThatIsAnotherIsFound changes, one at a time, points of every list that the beginning of phase 2 is made of.
func TestAnyPointThatIsAnotherIsFound(t *testing.T) {
	system, err := keys.Compile(&wide{})
	if err != nil {
		t.Fatal(err)
	}
	p := newPowers(128)
	p.contribute()
	secrets := []fr.Element{fr.One(), fr.One(), fr.One()}
	start, parts := begin2(system, &p.commons, nil)
	if err := check(system, p, secrets, start, &parts); err != nil {
		t.Fatal(err)
	}
	of := &start.Parameters.G1
	for name, list := range map[string][]curve.G1Affine{
		"A": parts.G1.A, "B": parts.G1.B, "public": parts.G1.VKK, "committed": of.SigmaCKK[0], "private": of.PKK, "quotient": of.Z,
	} {
		for _, i := range []int{0, len(list) / 2, len(list) - 1} {
			honest := list[i]
			list[i].Add(&list[i], &p.commons.G1.Tau[0])
			if check(system, p, secrets, start, &parts) == nil {
				t.Error(name, i)
			}
			list[i] = honest
		}
	}
	parts.G2.B[1].Add(&parts.G2.B[1], &p.commons.G2.Tau[0])
	if check(system, p, secrets, start, &parts) == nil {
		t.Error("B of G2")
	}
	parts.G2.B[1].Sub(&parts.G2.B[1], &p.commons.G2.Tau[0])
	for i := range secrets {
		secrets[i].SetUint64(2)
		if check(system, p, secrets, start, &parts) == nil {
			t.Error("another beacon:", i)
		}
		secrets[i].SetOne()
	}
}
