package ceremony

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"

	"novate/circuits/keys"
)

var beacons = [2]string{strings.Repeat("ab", 32), strings.Repeat("cd", 16)}

// begun is a rehearsal in a new folder.
func begun(t *testing.T) *Ceremony {
	t.Helper()
	c, err := Begin(t.TempDir(), Rehearsal, 0, CompileRehearsal, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func contributed(t *testing.T, c *Ceremony, times int) (last Step) {
	t.Helper()
	for range times {
		var err error
		if last, err = c.Contribute(); err != nil {
			t.Fatal(err)
		}
	}
	return last
}

// refusedAs fails unless the error has the code.
func refusedAs(t *testing.T, err error, code string) {
	t.Helper()
	var of *keys.Error
	if !errors.As(err, &of) || of.Code != code {
		t.Helper()
		t.Errorf("%v, wanted %s", err, code)
	}
}

// half is a rehearsal in phase 2.
func half(t *testing.T) *Ceremony {
	t.Helper()
	c := begun(t)
	contributed(t, c, 2)
	if _, err := c.Finish1(beacons[0]); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTwoContributorsMakeAKey(t *testing.T) {
	c := half(t)
	contributed(t, c, 2)
	made, err := c.Finish2(beacons[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Try(made.Proving, made.Verifying); err != nil {
		t.Error("no proof:", err)
	}
	if made.Verifying.CommitmentKeys[0].G != made.Verifying.G2.Gamma {
		t.Error("the commitment's base is not gamma")
	}
	v, err := c.Verify()
	if err != nil {
		t.Fatal(err)
	}
	if v.Phase != 3 || len(v.Steps) != 4 || v.Transcript.Digest != made.Transcript.Digest {
		t.Errorf("%+v, made %+v", v, made.Transcript)
	}
	again, err := c.Finish2(beacons[1])
	if err != nil || again.Transcript.Digest != made.Transcript.Digest {
		t.Error("the same beacon makes another key:", err)
	}
	_, err = c.Finish2(beacons[0])
	refusedAs(t, err, BadBeacon)
	_, err = c.Contribute()
	refusedAs(t, err, Over)
}

func TestTwoCeremoniesMakeTwoKeys(t *testing.T) {
	digests := map[string]bool{}
	for range 2 {
		c := half(t)
		contributed(t, c, 1)
		made, err := c.Finish2(beacons[1])
		if err != nil {
			t.Fatal(err)
		}
		digests[made.Transcript.Key] = true
	}
	if len(digests) != 2 {
		t.Error("two ceremonies made one key")
	}
}

func TestAPhaseNeedsAContributionAndABeacon(t *testing.T) {
	c := begun(t)
	_, err := c.Finish1(beacons[0])
	refusedAs(t, err, TooEarly)
	contributed(t, c, 1)
	for _, bad := range []string{"", "beacon", strings.Repeat("ab", LeastBeacon-1), strings.Repeat("00", 32)} {
		_, err = c.Finish1(bad)
		refusedAs(t, err, BadBeacon)
	}
	_, err = c.Finish2(beacons[0])
	refusedAs(t, err, Missing)
	if _, err := c.Finish1(beacons[0]); err != nil {
		t.Fatal(err)
	}
	_, err = c.Finish1(beacons[0])
	refusedAs(t, err, Over)
	_, err = c.Finish2(beacons[1])
	refusedAs(t, err, TooEarly)
	_, err = Begin(c.folder, Rehearsal, 0, CompileRehearsal, nil)
	refusedAs(t, err, Exists)
	_, err = Open(t.TempDir(), nil, nil)
	refusedAs(t, err, Missing)
}

// renamed writes the bytes as the step they claim to be, under their own digest.
func renamed(t *testing.T, c *Ceremony, step Step, content []byte) {
	t.Helper()
	if err := os.Remove(filepath.Join(c.folder, step.File)); err != nil {
		t.Fatal(err)
	}
	digest, _ := digestOfSerial(raw{bytes.NewBuffer(content)})
	if err := os.WriteFile(filepath.Join(c.folder, stepName(step.Phase, step.Number, digest)), content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// raw are bytes as they are.
type raw struct{ *bytes.Buffer }

func content(t *testing.T, c *Ceremony, step Step) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.folder, step.File))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestATamperedContributionIsRefused(t *testing.T) {
	for name, ready := range map[string]func(*testing.T) *Ceremony{"phase 1": begun, "phase 2": half} {
		t.Run(name, func(t *testing.T) {
			c := ready(t)
			contributed(t, c, 1)
			step := contributed(t, c, 1)
			honest := content(t, c, step)
			spoiled := func(change func([]byte) []byte) error {
				changed := change(bytes.Clone(honest))
				renamed(t, c, step, changed)
				_, err := c.Verify()
				if err == nil {
					t.Error("accepted")
				}
				steps, _ := c.Steps(step.Phase)
				renamed(t, c, steps[len(steps)-1], honest)
				return err
			}
			for _, at := range []int{0, 1, 40, len(honest) / 2, len(honest) - 1} {
				refusedAs(t, spoiled(func(b []byte) []byte { b[at] ^= 1; return b }), Refused)
			}
			refusedAs(t, spoiled(func(b []byte) []byte { return append(b, 0) }), Refused)
			refusedAs(t, spoiled(func(b []byte) []byte { return b[:len(b)-1] }), Refused)
			refusedAs(t, spoiled(func(b []byte) []byte { rand.Read(b); return b }), Refused)
			if _, err := c.Verify(); err != nil {
				t.Error("the honest one:", err)
			}
			os.WriteFile(filepath.Join(c.folder, step.File), append(honest[:5:5], honest[4:]...), 0o644)
			_, err := c.Contribute()
			refusedAs(t, err, Refused)
		})
	}
}

func TestAContributionWithoutItsLinkIsRefused(t *testing.T) {
	c := begun(t)
	step := contributed(t, c, 1)
	honest := content(t, c, step)
	// gnark takes an empty challenge for the right one; the file is then shorter by its bytes.
	unlinked := append(bytes.Clone(honest[:len(honest)-linkSize]), 0)
	renamed(t, c, step, unlinked)
	if err := mpcsetup.NewPhase1(c.Domain).Verify(read1(t, unlinked)); err != nil {
		t.Fatal("gnark refuses it:", err)
	}
	_, err := c.Verify()
	refusedAs(t, err, Refused)
}

func read1(t *testing.T, content []byte) *mpcsetup.Phase1 {
	t.Helper()
	p := &mpcsetup.Phase1{}
	if _, err := p.ReadFrom(bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestContributionsOutOfOrderAreRefused(t *testing.T) {
	for name, ready := range map[string]func(*testing.T) *Ceremony{"phase 1": begun, "phase 2": half} {
		t.Run(name, func(t *testing.T) {
			c := ready(t)
			first, second := contributed(t, c, 1), contributed(t, c, 1)
			move := func(from string, phase, number int, digest string) {
				if err := os.Rename(filepath.Join(c.folder, from), filepath.Join(c.folder, stepName(phase, number, digest))); err != nil {
					t.Fatal(err)
				}
			}
			move(first.File, first.Phase, 2, first.Digest)
			_, err := c.Verify()
			refusedAs(t, err, Missing)
			move(second.File, second.Phase, 1, second.Digest)
			_, err = c.Verify()
			refusedAs(t, err, Refused)
		})
	}
}

func TestAContributionToAnotherCeremonyIsRefused(t *testing.T) {
	for name, ready := range map[string]func(*testing.T) *Ceremony{"phase 1": begun, "phase 2": half} {
		t.Run(name, func(t *testing.T) {
			c, other := ready(t), ready(t)
			contributed(t, c, 1)
			contributed(t, other, 1)
			step, theirs := contributed(t, c, 1), contributed(t, other, 1)
			renamed(t, c, step, content(t, other, theirs))
			_, err := c.Verify()
			refusedAs(t, err, Refused)
			_, err = c.Contribute()
			refusedAs(t, err, Refused)
		})
	}
}

func TestNothingCanBeAddedToAPhaseThatHasEnded(t *testing.T) {
	c := half(t)
	last, _, err := c.phase1(true)
	if err != nil {
		t.Fatal(err)
	}
	last.contribute()
	if _, err := c.write(1, 3, last); err != nil {
		t.Fatal(err)
	}
	_, err = c.Verify()
	refusedAs(t, err, Refused)
}

func TestAnotherBeaconMakesAnotherBeginning(t *testing.T) {
	c := half(t)
	if err := keys.WriteJSON(c.endPath(1), ended{Beacon: beacons[1], Contributions: c.ending(1).Contributions}); err != nil {
		t.Fatal(err)
	}
	_, err := c.Verify()
	refusedAs(t, err, Refused)
}

func TestTheCircuitOfTheSourcesMustBeTheCeremonys(t *testing.T) {
	c := half(t)
	c.compile = func() (*keys.System, error) {
		system, err := CompileRehearsal()
		system.Digest = strings.Repeat("0", 64)
		return system, err
	}
	_, err := c.Verify()
	refusedAs(t, err, Mismatch)
}

func TestClaimsOfSizeAreCheckedBeforeRoomIsMade(t *testing.T) {
	c := begun(t)
	step := contributed(t, c, 1)
	honest := content(t, c, step)
	for at := 3 * updateSize; at < 3*updateSize+8; at++ {
		honest[at] = 0x7f
	}
	renamed(t, c, step, honest)
	_, err := c.Verify()
	refusedAs(t, err, Refused)
	c = half(t)
	step = contributed(t, c, 1)
	honest = content(t, c, step)
	copy(honest[2+pointG1:], []byte{0x7f, 0xff, 0xff, 0xff})
	renamed(t, c, step, honest)
	_, err = c.Verify()
	refusedAs(t, err, Refused)
	c = half(t)
	steps, err := c.Steps(2)
	if err != nil {
		t.Fatal(err)
	}
	honest = content(t, c, steps[0])
	copy(honest[2+pointG1:], []byte{0x7f, 0xff, 0xff, 0xff})
	renamed(t, c, steps[0], honest)
	_, err = c.Verify()
	refusedAs(t, err, Refused)
	_, err = c.Contribute()
	refusedAs(t, err, Refused)
}

func TestTheTranscriptCoversEverything(t *testing.T) {
	base := Transcript{
		About:  About{Format, "XS", 1, "s", 5, 8},
		Phase1: ended{Beacon: "b1", Contributions: []string{"a", "b"}}, Start: "c", Phase2: ended{Beacon: "b2", Contributions: []string{"d"}}, Key: "k",
	}
	seen := map[string]bool{base.digest(): true}
	for _, change := range []func(*Transcript){
		func(t *Transcript) { t.Class = "S" }, func(t *Transcript) { t.ClassNumber++ }, func(t *Transcript) { t.System = "" },
		func(t *Transcript) { t.Constraints++ }, func(t *Transcript) { t.Domain *= 2 }, func(t *Transcript) { t.Start = "d" },
		func(t *Transcript) { t.Phase1.Beacon = "" }, func(t *Transcript) { t.Phase2.Beacon = "" },
		func(t *Transcript) { t.Phase1.Contributions = []string{"a"} }, func(t *Transcript) { t.Phase2.Contributions = nil },
		func(t *Transcript) { t.Phase1.Contributions = []string{"b", "a"} }, func(t *Transcript) { t.Key = "" },
	} {
		other := base
		change(&other)
		seen[other.digest()] = true
	}
	if len(seen) != 13 {
		t.Errorf("%d digests of 13 transcripts", len(seen))
	}
	if text, err := hex.DecodeString(base.digest()); err != nil || len(text) != 32 {
		t.Error("not 32 bytes")
	}
}

// ReadFrom and WriteTo are the buffer's: raw stands for any contribution.
var _ serial = raw{}
