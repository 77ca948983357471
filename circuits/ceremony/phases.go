package ceremony

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"

	"novate/circuits/keys"
)

// ended is how a phase ended: the files phase1.json and phase2.json.
type ended struct {
	Beacon        string   `json:"beacon"`
	Contributions []string `json:"contributions"` // digests, in order
	Key           string   `json:"key,omitempty"` // digest of the verifying key that phase 2 ended with
}

func (c *Ceremony) endPath(phase int) string {
	return filepath.Join(c.folder, fmt.Sprintf("phase%d.json", phase))
}

// ending reads how a phase ended; nil if it has not.
func (c *Ceremony) ending(phase int) *ended {
	var e ended
	if readJSON(c.endPath(phase), &e) != nil {
		return nil
	}
	return &e
}

// Phase is the phase that takes contributions now; 3 when both have ended.
func (c *Ceremony) Phase() int {
	for phase := 1; phase <= 2; phase++ {
		if c.ending(phase) == nil {
			return phase
		}
	}
	return 3
}

// link refuses a contribution that does not name the one before it; gnark alone lets the name be empty.
func link(step Step, named []byte, before string) error {
	if hex.EncodeToString(named) != before {
		return &keys.Error{Code: Refused, At: step.File, Message: fmt.Sprintf("it follows %x, not %s", named, before)}
	}
	return nil
}

// follows asks gnark whether a contribution multiplies what was before it, by secrets that its maker knew.
func follows(step Step, check func() error) error {
	if err := guarded(check); err != nil {
		return &keys.Error{Code: Refused, At: step.File, Message: err.Error()}
	}
	return nil
}

// phase1 verifies contributions to phase 1 and returns the last and their list; without any, what the domain fixes. If
// newest is true, only the newest is verified, against the one before it.
func (c *Ceremony) phase1(newest bool) (*powers, []Step, error) {
	steps, err := c.Steps(1)
	if err != nil {
		return nil, nil, err
	}
	last, unverified := newPowers(c.Domain), steps
	before := hex.EncodeToString(last.hash())
	if n := len(steps); newest && n > 1 {
		unverified, before = steps[n-1:], steps[n-2].Digest
		if err := c.read(steps[n-2], phase1Size(c.Domain), last); err != nil {
			return nil, nil, err
		}
	}
	for _, step := range unverified {
		next := &powers{}
		if err := c.read(step, phase1Size(c.Domain), next); err != nil {
			return nil, nil, err
		}
		if err := link(step, next.challenge, before); err != nil {
			return nil, nil, err
		}
		c.tell.Start(fmt.Sprintf("verify phase 1, step %d", step.Number), 0)
		if err := follows(step, func() error { return last.verify(next) }); err != nil {
			return nil, nil, err
		}
		last, before = next, step.Digest
	}
	return last, steps, nil
}

// contributed verifies all of phase 1, to which somebody must have contributed.
func (c *Ceremony) contributed() (*powers, []Step, error) {
	last, steps, err := c.phase1(false)
	if err == nil && len(steps) == 0 {
		err = &keys.Error{Code: TooEarly, At: c.folder, Message: "nobody has contributed to phase 1"}
	}
	return last, steps, err
}

// second is phase 2 as far as it has come.
type second struct {
	commons     *mpcsetup.SrsCommons // as far as gnark's Seal reads them
	evaluations *mpcsetup.Phase2Evaluations
	last        *mpcsetup.Phase2
	steps       [2][]Step // contributions to either phase
}

// phase2 verifies everything from the beginning: phase 1 and its end, that phase 2 began with what follows from them for
// the circuit, and all contributions to it.
func (c *Ceremony) phase2() (*second, error) {
	end := c.ending(1)
	if end == nil {
		return nil, &keys.Error{Code: Missing, At: c.endPath(1), Message: "phase 1 has not ended"}
	}
	beacon, err := beaconOf(end.Beacon)
	if err != nil {
		return nil, err
	}
	s := &second{}
	last, first, err := c.contributed()
	if err != nil {
		return nil, err
	}
	if s.steps[0] = first; !slices.Equal(end.Contributions, digests(first)) {
		return nil, &keys.Error{Code: Refused, At: c.endPath(1), Message: "phase 1 ended with other contributions"}
	}
	steps, err := c.Steps(2)
	if err != nil {
		return nil, err
	}
	if len(steps) == 0 {
		return nil, &keys.Error{Code: Missing, At: c.folder, Message: "the beginning of phase 2 is not there"}
	}
	secrets := last.last(beacon)
	if err := c.begun2(s, steps[0], last, secrets); err != nil {
		return nil, err
	}
	s.commons = last.ends(secrets)
	before := steps[0].Digest
	for _, step := range steps[1:] {
		next := &mpcsetup.Phase2{}
		if err := c.verify2(s.last, next, step, before); err != nil {
			return nil, err
		}
		s.last, before = next, step.Digest
	}
	s.steps[1] = steps[1:]
	return s, nil
}

// begun2 reads where phase 2 began, and the parts of the key that it leaves alone, and checks both against the circuit at
// powers whose secrets are multiplied by those of the beacon.
func (c *Ceremony) begun2(s *second, step Step, last *powers, secrets []fr.Element) error {
	system, err := c.circuit()
	if err != nil {
		return err
	}
	if err := c.sized(step, system); err != nil {
		return err
	}
	s.last = &mpcsetup.Phase2{}
	if err := c.read(step, 0, s.last); err != nil {
		return err
	}
	parts := newEvaluations(system.R1CS)
	if err := c.readEvaluations(parts); err != nil {
		return err
	}
	c.tell.Start("verify the beginning of phase 2", 0)
	empty := unchanged()
	of, lists := &empty.Parameters.G1, &s.last.Parameters.G1
	of.Z, of.PKK, of.SigmaCKK = lists.Z, lists.PKK, lists.SigmaCKK
	digest, err := digestOfSerial(empty)
	if err != nil {
		return err
	}
	if digest != step.Digest {
		return &keys.Error{Code: Refused, At: step.File, Message: "somebody has contributed to the beginning"}
	}
	if err := check(system.R1CS, last, secrets, s.last, parts.of); err != nil {
		return &keys.Error{Code: Refused, At: step.File, Message: err.Error()}
	}
	e := complete(system.R1CS, s.last, *parts.of)
	s.evaluations = &e
	return nil
}

// verify2 reads a contribution to phase 2 and checks that it follows the one before it.
func (c *Ceremony) verify2(last, next *mpcsetup.Phase2, step Step, before string) error {
	if err := c.sameShape(step); err != nil {
		return err
	}
	if err := c.read(step, 0, next); err != nil {
		return err
	}
	if err := link(step, next.Challenge, before); err != nil {
		return err
	}
	c.tell.Start(fmt.Sprintf("verify phase 2, step %d", step.Number), 0)
	return follows(step, func() error {
		was, is := &last.Parameters, &next.Parameters
		if is.G1.Delta == was.G1.Delta || slices.Equal(is.G2.Sigma, was.G2.Sigma) {
			return errNothing
		}
		return last.Verify(next)
	})
}

// beaconOf reads a beacon.
func beaconOf(text string) ([]byte, error) {
	beacon, err := hex.DecodeString(text)
	if err != nil || len(beacon) < LeastBeacon || len(bytes.Trim(beacon, "\x00")) == 0 {
		return nil, &keys.Error{Code: BadBeacon, At: text, Message: fmt.Sprintf("a beacon is %d or more bytes in hexadecimal, not all zero", LeastBeacon)}
	}
	return beacon, nil
}
