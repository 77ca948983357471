package ceremony

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"

	"novate/circuits/keys"
)

// Contribute adds a contribution to the phase that takes them, with secrets from the operating system that are forgotten
// with the process. The contribution before it is verified first, against the one before that.
func (c *Ceremony) Contribute() (Step, error) {
	switch c.Phase() {
	case 1:
		return c.contribute1()
	case 2:
		return c.contribute2()
	}
	return Step{}, &keys.Error{Code: Over, At: c.folder, Message: "the ceremony is over"}
}

func (c *Ceremony) contribute1() (Step, error) {
	last, steps, err := c.phase1(true)
	if err != nil {
		return Step{}, err
	}
	c.tell.Start("contribute to phase 1", 0)
	last.contribute()
	return c.write(1, len(steps)+1, last)
}

// contribute2 needs no circuit: the first contributor trusts whoever wrote the beginning, or verifies it.
func (c *Ceremony) contribute2() (Step, error) {
	steps, err := c.Steps(2)
	if err != nil {
		return Step{}, err
	}
	if len(steps) == 0 {
		return Step{}, &keys.Error{Code: Missing, At: c.folder, Message: "the beginning of phase 2 is not there"}
	}
	newest := steps[len(steps)-1]
	last := &mpcsetup.Phase2{}
	if newest.Number == 0 {
		// Whoever only contributes has no circuit at hand to tell the lengths by.
		if _, err := shape(filepath.Join(c.folder, newest.File)); err != nil {
			return Step{}, &keys.Error{Code: Refused, At: newest.File, Message: err.Error()}
		}
		err = c.read(newest, 0, last)
	} else {
		before := &mpcsetup.Phase2{}
		previous := steps[len(steps)-2]
		if err := c.read(previous, 0, before); err != nil {
			return Step{}, err
		}
		err = c.verify2(before, last, newest, previous.Digest)
	}
	if err != nil {
		return Step{}, err
	}
	c.tell.Start("contribute to phase 2", 0)
	if err := guarded(func() error { last.Contribute(); return nil }); err != nil {
		return Step{}, &keys.Error{Code: Refused, At: newest.File, Message: err.Error()}
	}
	return c.write(2, newest.Number+1, last)
}

// Verified is a ceremony all of whose files were checked: the contributions of both phases in order, and the transcript
// once both have ended.
type Verified struct {
	About
	Phase      int         `json:"phase"` // that takes contributions; 3 if none does
	Steps      []Step      `json:"contributions"`
	Transcript *Transcript `json:"transcript,omitempty"`
}

// Verify checks every file from the beginning. No secret is needed: anybody gets the same answer.
func (c *Ceremony) Verify() (*Verified, error) {
	v := &Verified{About: c.About, Phase: c.Phase()}
	if v.Phase == 1 {
		_, steps, err := c.phase1(false)
		v.Steps = steps
		return v, err
	}
	s, err := c.phase2()
	if err != nil {
		return nil, err
	}
	v.Steps = append(s.steps[0], s.steps[1]...)
	if end := c.ending(2); end != nil {
		beacon, err := beaconOf(end.Beacon)
		if err != nil {
			return nil, err
		}
		made, err := c.end2(s, beacon)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(end.Contributions, made.Transcript.Phase2.Contributions) {
			return nil, &keys.Error{Code: Refused, At: c.endPath(2), Message: "phase 2 ended with other contributions"}
		}
		if end.Key != made.Transcript.Key {
			return nil, &keys.Error{Code: Refused, At: c.endPath(2), Message: "phase 2 ended with another key: " + made.Transcript.Key + " follows"}
		}
		v.Transcript = &made.Transcript
	}
	return v, nil
}

// Expect refuses a ceremony that lacks a digest which somebody published: of a contribution, or of the transcript.
func (v *Verified) Expect(published []string) error {
	have := digests(v.Steps)
	if v.Transcript != nil {
		have = append(have, v.Transcript.Digest)
	}
	for _, digest := range published {
		if !slices.Contains(have, digest) {
			return &keys.Error{Code: Absent, At: digest, Message: "neither a contribution nor the transcript has this digest"}
		}
	}
	return nil
}

// Finish1 ends phase 1 with a beacon, and writes the beginning of phase 2.
func (c *Ceremony) Finish1(text string) (Step, error) {
	if c.Phase() != 1 {
		return Step{}, &keys.Error{Code: Over, At: c.folder, Message: "phase 1 has ended"}
	}
	beacon, err := beaconOf(text)
	if err != nil {
		return Step{}, err
	}
	system, err := c.circuit()
	if err != nil {
		return Step{}, err
	}
	last, steps, err := c.contributed()
	if err != nil {
		return Step{}, err
	}
	c.tell.Start("end phase 1", 0)
	secrets := last.last(beacon)
	last.multiply(secrets[0], secrets[1], secrets[2])
	start, parts := begin2(system.R1CS, &last.commons, c.tell)
	c.tell.Start("verify the beginning of phase 2", 0)
	if err := check(system.R1CS, last, []fr.Element{fr.One(), fr.One(), fr.One()}, start, &parts); err != nil {
		return Step{}, &keys.Error{Code: Refused, At: c.folder, Message: "this machine miscalculated: " + err.Error()}
	}
	if err := c.writeEvaluations(evaluations{&parts}); err != nil {
		return Step{}, err
	}
	step, err := c.write(2, 0, start)
	if err != nil {
		return Step{}, err
	}
	return step, keys.WriteJSON(c.endPath(1), ended{Beacon: hex.EncodeToString(beacon), Contributions: digests(steps)})
}

// Made is what a ceremony made.
type Made struct {
	Proving    *groth16.ProvingKey
	Verifying  *groth16.VerifyingKey
	Transcript Transcript
}

// Finish2 verifies everything and ends phase 2 with a beacon: the keys, and the transcript that their contract names. Once
// it has ended, only the same beacon makes them again.
func (c *Ceremony) Finish2(text string) (*Made, error) {
	beacon, err := beaconOf(text)
	if err != nil {
		return nil, err
	}
	if before := c.ending(2); before != nil && before.Beacon != hex.EncodeToString(beacon) {
		return nil, &keys.Error{Code: BadBeacon, At: c.endPath(2), Message: "phase 2 ended with " + before.Beacon}
	}
	s, err := c.phase2()
	if err != nil {
		return nil, err
	}
	made, err := c.end2(s, beacon)
	if err != nil {
		return nil, err
	}
	end := made.Transcript.Phase2
	end.Key = made.Transcript.Key
	return made, keys.WriteJSON(c.endPath(2), end)
}

// end2 ends phase 2, which is verified, with a beacon.
func (c *Ceremony) end2(s *second, beacon []byte) (*Made, error) {
	if len(s.steps[1]) == 0 {
		return nil, &keys.Error{Code: TooEarly, At: c.folder, Message: "nobody has contributed to phase 2"}
	}
	c.tell.Start("end phase 2", 0)
	proving, verifying := s.last.Seal(s.commons, s.evaluations, beacon)
	made := &Made{Proving: proving.(*groth16.ProvingKey), Verifying: verifying.(*groth16.VerifyingKey)}
	if made.Verifying.CommitmentKeys[0].G != made.Verifying.G2.Gamma {
		return nil, &keys.Error{Code: Mismatch, At: c.folder, Message: "the commitment's base is not gamma"}
	}
	var err error
	made.Transcript, err = c.transcript(s, hex.EncodeToString(beacon), made.Verifying)
	return made, err
}

func digests(steps []Step) []string {
	out := make([]string, len(steps))
	for i, step := range steps {
		out[i] = step.Digest
	}
	return out
}

func digestOfSerial(what serial) (string, error) {
	hash := sha256.New()
	if _, err := what.WriteTo(io.Writer(hash)); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
