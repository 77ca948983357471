package ceremony

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	update "github.com/consensys/gnark-crypto/ecc/bn254/mpcsetup"
	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"

	"novate/circuits/keys"
)

// bytesOf is a contribution's file.
func bytesOf(t *testing.T, what serial) []byte {
	t.Helper()
	var buffer bytes.Buffer
	if _, err := what.WriteTo(&buffer); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// put adds a file as a step, under its own digest.
func put(t *testing.T, c *Ceremony, phase, number int, content []byte) Step {
	t.Helper()
	digest, _ := digestOfSerial(raw{bytes.NewBuffer(content)})
	step := Step{phase, number, digest, stepName(phase, number, digest)}
	if err := os.WriteFile(filepath.Join(c.folder, step.File), content, 0o644); err != nil {
		t.Fatal(err)
	}
	return step
}

// refusedEverywhere fails unless whoever verifies refuses, and whoever would build on the newest step.
func refusedEverywhere(t *testing.T, c *Ceremony) {
	t.Helper()
	_, err := c.Verify()
	refusedAs(t, err, Refused)
	_, err = c.Contribute()
	refusedAs(t, err, Refused)
	finish := func(text string) error { _, err := c.Finish1(text); return err }
	if c.Phase() == 2 {
		finish = func(text string) error { _, err := c.Finish2(text); return err }
	}
	refusedAs(t, finish(beacons[1]), Refused)
}

// drawn is a secret: one where a contributor keeps out of it.
func drawn(idle bool) fr.Element {
	if idle {
		return fr.One()
	}
	return *new(fr.Element).SetUint64(123456789)
}

func TestAContributorWhoContributesNothingIsRefused(t *testing.T) {
	for idle := 1; idle < 8; idle++ { // any of tau, alpha and beta
		c := begun(t)
		contributed(t, c, 1)
		p, _, err := c.phase1(false)
		if err != nil {
			t.Fatal(err)
		}
		secrets := []fr.Element{drawn(idle&1 != 0), drawn(idle&2 != 0), drawn(idle&4 != 0)}
		p.challenge = p.hash()
		p.tau = update.UpdateValues(&secrets[0], p.challenge, mpcsetup.DST_TAU)
		p.alpha = update.UpdateValues(&secrets[1], p.challenge, mpcsetup.DST_ALPHA)
		p.beta = update.UpdateValues(&secrets[2], p.challenge, mpcsetup.DST_BETA)
		p.multiply(secrets[0], secrets[1], secrets[2])
		put(t, c, 1, 2, bytesOf(t, p))
		refusedEverywhere(t, c)
	}
	for idle := 1; idle < 4; idle++ { // delta, sigma
		c := half(t)
		contributed(t, c, 1)
		s, err := c.phase2()
		if err != nil {
			t.Fatal(err)
		}
		before := s.last
		challenge, _ := digestOfSerial(before)
		before.Challenge, _ = hex.DecodeString(challenge)
		delta, sigma := drawn(idle&1 != 0), drawn(idle&2 != 0)
		of := &before.Parameters
		before.Delta = update.UpdateValues(&delta, before.Challenge, mpcsetup.DST_DELTA, &of.G1.Delta, &of.G2.Delta)
		before.Sigmas[0] = update.UpdateValues(&sigma, before.Challenge, mpcsetup.DST_SIGMA, of.G1.SigmaCKK[0], &of.G2.Sigma[0])
		var inverse fr.Element
		inverse.Inverse(&delta)
		update.UpdateValues(&inverse, nil, 0, of.G1.Z, of.G1.PKK)
		put(t, c, 2, 2, bytesOf(t, before))
		refusedEverywhere(t, c)
	}
}

func TestARepeatedContributionIsRefused(t *testing.T) {
	for name, ready := range map[string]func(*testing.T) *Ceremony{"phase 1": begun, "phase 2": half} {
		t.Run(name, func(t *testing.T) {
			c := ready(t)
			step := contributed(t, c, 1)
			put(t, c, step.Phase, 2, content(t, c, step))
			refusedEverywhere(t, c)
		})
	}
}

func TestAFileOfAnotherCircuitIsRefused(t *testing.T) {
	other := func() *Ceremony {
		c, err := Begin(t.TempDir(), "wide", 0, func() (*keys.System, error) {
			system, err := keys.Compile(&wide{})
			return &keys.System{R1CS: system, Digest: strings.Repeat("1", 64)}, err
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}()
	theirs := contributed(t, other, 1)
	c := begun(t)
	put(t, c, 1, 1, content(t, other, theirs))
	_, err := c.Verify()
	refusedAs(t, err, Refused)
	_, err = c.Contribute()
	refusedAs(t, err, Refused)
	start, err := other.Finish1(beacons[0])
	if err != nil {
		t.Fatal(err)
	}
	theirs = contributed(t, other, 1)
	c = half(t)
	put(t, c, 2, 1, content(t, other, theirs))
	refusedEverywhere(t, c)
	c = half(t)
	steps, _ := c.Steps(2)
	renamed(t, c, steps[0], content(t, other, start))
	_, err = c.Verify()
	refusedAs(t, err, Refused)
	c = half(t)
	text, _ := os.ReadFile(other.evaluationsPath())
	os.WriteFile(c.evaluationsPath(), text, 0o644)
	_, err = c.Verify()
	refusedAs(t, err, Refused)
}

// offCurve is an encoding of G1 with an x that no point has.
func offCurve() []byte {
	_, _, one, _ := curve.Generators()
	for {
		one.X.Add(&one.X, new(fp.Element).SetOne())
		encoded := one.Bytes()
		if _, err := new(curve.G1Affine).SetBytes(encoded[:]); err != nil {
			return encoded[:]
		}
	}
}

// outOfGroup is an encoding of a point of G2's curve that is not in G2.
func outOfGroup(t *testing.T) []byte {
	t.Helper()
	_, _, _, p := curve.Generators()
	var b, x, y curve.E2
	b.Square(&p.Y)
	x.Square(&p.X)
	x.Mul(&x, &p.X)
	b.Sub(&b, &x) // the curve's constant: y^2 - x^3
	for p.X.SetOne(); ; p.X.A0.Add(&p.X.A0, new(fp.Element).SetOne()) {
		x.Square(&p.X)
		x.Mul(&x, &p.X)
		if y.Add(&x, &b); y.Legendre() == 1 {
			p.Y.Sqrt(&y)
			if !p.IsOnCurve() || p.IsInSubGroup() {
				t.Fatal("it proves nothing")
			}
			encoded := p.Bytes()
			return encoded[:]
		}
	}
}

func TestAPointOffTheCurveOrOutOfTheGroupIsRefused(t *testing.T) {
	n := int64(16) // a rehearsal's domain
	tau2 := int64(3*updateSize+8+pointG2) + (2*n-2)*pointG1
	for name, change := range map[string]struct {
		ready func(*testing.T) *Ceremony
		at    int64
		point []byte
	}{
		"a power of tau":         {begun, 3*updateSize + 8 + pointG2, offCurve()},
		"a power of tau in G2":   {begun, tau2, outOfGroup(t)},
		"beta in G2":             {begun, 3*updateSize + 8, outOfGroup(t)},
		"the proof of tau":       {begun, 0, offCurve()},
		"the proof of tau in G2": {begun, pointG1, outOfGroup(t)},
		"delta":                  {half, 2, offCurve()},
		"a private wire":         {half, 2 + pointG1 + 4, offCurve()},
	} {
		t.Run(name, func(t *testing.T) {
			c := change.ready(t)
			if c.Domain != uint64(n) {
				t.Fatal("the rehearsal has grown: ", c.Domain)
			}
			contributed(t, c, 1)
			step := contributed(t, c, 1)
			text := content(t, c, step)
			copy(text[change.at:], change.point)
			renamed(t, c, step, text)
			refusedEverywhere(t, c)
		})
	}
}

// over is a rehearsal that has ended, with what its people published.
func over(t *testing.T) (*Ceremony, *Made) {
	t.Helper()
	c := half(t)
	contributed(t, c, 2)
	made, err := c.Finish2(beacons[1])
	if err != nil {
		t.Fatal(err)
	}
	return c, made
}

// third is the ceremony for somebody who has its files alone.
func third(t *testing.T, c *Ceremony) (*Verified, error) {
	t.Helper()
	folder := t.TempDir()
	if err := os.CopyFS(folder, os.DirFS(c.folder)); err != nil {
		t.Fatal(err)
	}
	theirs, err := Open(folder, func(string) (*keys.System, error) { return CompileRehearsal() }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return theirs.Verify()
}

func TestTheFilesAloneTellTheKey(t *testing.T) {
	c, made := over(t)
	v, err := third(t, c)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := keys.DigestOfVerifying(made.Verifying)
	if err != nil || v.Transcript.Key != digest || v.Transcript.Digest != made.Transcript.Digest {
		t.Errorf("%+v, made %s: %v", v.Transcript, digest, err)
	}
	published := append(digests(v.Steps), made.Transcript.Digest)
	if err := v.Expect(published); err != nil {
		t.Error(err)
	}
	refusedAs(t, v.Expect([]string{strings.Repeat("0", 64)}), Absent)
}

func TestADroppedContributionIsMissed(t *testing.T) {
	c, made := over(t)
	published := made.Transcript
	steps, _ := c.Steps(2)
	dropped := steps[len(steps)-1]
	if err := os.Remove(filepath.Join(c.folder, dropped.File)); err != nil {
		t.Fatal(err)
	}
	_, err := third(t, c)
	refusedAs(t, err, Refused)
	end := c.ending(2)
	end.Contributions = end.Contributions[:1]
	keys.WriteJSON(c.endPath(2), end)
	_, err = third(t, c)
	refusedAs(t, err, Refused) // the key is another
	os.Remove(c.endPath(2))
	if _, err := c.Finish2(beacons[1]); err != nil {
		t.Fatal(err)
	}
	v, err := third(t, c) // a ceremony of its own, but not the one that was published
	if err != nil {
		t.Fatal(err)
	}
	refusedAs(t, v.Expect([]string{published.Digest}), Absent)
	refusedAs(t, v.Expect([]string{dropped.Digest}), Absent)
}

func TestADroppedContributionToPhaseOneIsMissed(t *testing.T) {
	c, _ := over(t)
	steps, _ := c.Steps(1)
	os.Remove(filepath.Join(c.folder, steps[1].File))
	_, err := third(t, c)
	refusedAs(t, err, Refused)
	end := c.ending(1)
	end.Contributions = end.Contributions[:1]
	keys.WriteJSON(c.endPath(1), end)
	_, err = third(t, c)
	refusedAs(t, err, Refused)
}

func TestAnotherBeaconIsRefused(t *testing.T) {
	for phase := 1; phase <= 2; phase++ {
		c, _ := over(t)
		end := c.ending(phase)
		end.Beacon = strings.Repeat("ef", 32)
		keys.WriteJSON(c.endPath(phase), end)
		_, err := third(t, c)
		refusedAs(t, err, Refused)
	}
}

func TestEvaluationsAreThoseOfTheCircuit(t *testing.T) {
	c := half(t)
	honest, err := os.ReadFile(c.evaluationsPath())
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range []func([]byte) []byte{
		func(b []byte) []byte { return append(b, 0) },
		func(b []byte) []byte { return b[:len(b)-1] },
		func(b []byte) []byte { copy(b, offCurve()); return b },
		func(b []byte) []byte { copy(b[len(b)-pointG2:], outOfGroup(t)); return b },
		func(b []byte) []byte { b[0] ^= 0x40; return b }, // the other point with this x
	} {
		os.WriteFile(c.evaluationsPath(), change(bytes.Clone(honest)), 0o644)
		_, err := third(t, c)
		refusedAs(t, err, Refused)
	}
	os.Remove(c.evaluationsPath())
	_, err = third(t, c)
	refusedAs(t, err, Missing)
}

// TestABeginningHoldsNoSecret: its lists may be right while delta or sigma is a number that the coordinator knows.
func TestABeginningHoldsNoSecret(t *testing.T) {
	for name, change := range map[string]func(*mpcsetup.Phase2){
		"delta in G1": func(p *mpcsetup.Phase2) { p.Parameters.G1.Delta.Double(&p.Parameters.G1.Delta) },
		"delta in G2": func(p *mpcsetup.Phase2) { p.Parameters.G2.Delta.Double(&p.Parameters.G2.Delta) },
		"sigma":       func(p *mpcsetup.Phase2) { p.Parameters.G2.Sigma[0].Double(&p.Parameters.G2.Sigma[0]) },
	} {
		c := half(t)
		steps, err := c.Steps(2)
		if err != nil {
			t.Fatal(err)
		}
		start := &mpcsetup.Phase2{}
		if err := c.read(steps[0], 0, start); err != nil {
			t.Fatal(err)
		}
		change(start)
		renamed(t, c, steps[0], bytesOf(t, start))
		if _, err := c.Verify(); err == nil {
			t.Error(name)
		} else {
			refusedAs(t, err, Refused)
		}
	}
}
