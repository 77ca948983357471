// Package ceremony makes keys that are safe as long as one contributor forgot its secrets: gnark's mpcsetup, kept in a
// folder of files that anyone can check.
//
// Phase 1 makes powers of a secret point for a domain, phase 2 turns them into keys of one circuit. A contribution is one
// file, named by phase, step and digest; it names the digest of the one before it, and proves that it multiplied that
// one's secrets by others that its maker knew. A public beacon ends each phase.
package ceremony

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"

	"github.com/consensys/gnark-crypto/ecc"

	"novate/circuits/keys"
)

// Codes of errors: stable, for programs.
const (
	Exists    = "CEREMONY_EXISTS"      // the folder has one already
	Missing   = "CEREMONY_MISSING"     // the folder has none, or lacks a step
	Mismatch  = "CEREMONY_MISMATCH"    // the ceremony is another circuit's
	Refused   = "CONTRIBUTION_REFUSED" // a contribution does not follow from the one before it
	Absent    = "CEREMONY_LACKS"       // a digest that was published is not in the ceremony
	TooEarly  = "TOO_EARLY"            // a phase cannot end without a contribution
	Over      = "CEREMONY_OVER"        // both phases have ended
	BadBeacon = "BAD_BEACON"           // too short, or not the one that ended the phase
)

// LeastBeacon is the fewest bytes of a beacon.
const LeastBeacon = 16

// Format names the form of a ceremony's folder.
const Format = "novate ceremony 1"

// About is what a ceremony is held for: the file ceremony.json.
type About struct {
	Format      string `json:"format"`
	Class       string `json:"class"`
	ClassNumber int    `json:"class_number"`
	System      string `json:"system"` // digest of the circuit
	Constraints int    `json:"constraints"`
	Domain      uint64 `json:"domain"`
}

// Ceremony is a folder of contributions to the keys of one circuit. Compile gives the circuit: it is asked for by phase 2
// alone.
type Ceremony struct {
	About
	folder  string
	compile func() (*keys.System, error)
	tell    *keys.Progress
}

// Begin starts a ceremony for a circuit in an empty folder.
func Begin(folder, class string, number int, compile func() (*keys.System, error), tell *keys.Progress) (*Ceremony, error) {
	path := filepath.Join(folder, "ceremony.json")
	if _, err := os.Stat(path); err == nil {
		return nil, &keys.Error{Code: Exists, At: path, Message: "a ceremony began here"}
	}
	system, err := compile()
	if err != nil {
		return nil, err
	}
	n := system.GetNbConstraints()
	about := About{Format, class, number, system.Digest, n, ecc.NextPowerOfTwo(uint64(n))}
	if err := keys.WriteJSON(path, about); err != nil {
		return nil, err
	}
	return &Ceremony{about, folder, func() (*keys.System, error) { return system, nil }, tell}, nil
}

// Open reads what a folder's ceremony is for. The class of its circuit tells the caller how to compile it.
func Open(folder string, compile func(class string) (*keys.System, error), tell *keys.Progress) (*Ceremony, error) {
	path := filepath.Join(folder, "ceremony.json")
	var about About
	if err := readJSON(path, &about); err != nil {
		return nil, &keys.Error{Code: Missing, At: path, Message: err.Error()}
	}
	if about.Format != Format || about.Domain != ecc.NextPowerOfTwo(uint64(about.Constraints)) {
		return nil, &keys.Error{Code: Missing, At: path, Message: "not a ceremony of this version"}
	}
	return &Ceremony{about, folder, func() (*keys.System, error) { return compile(about.Class) }, tell}, nil
}

// circuit compiles what the ceremony is for, and compares.
func (c *Ceremony) circuit() (*keys.System, error) {
	system, err := c.compile()
	if err != nil {
		return nil, err
	}
	if system.Digest != c.System || system.GetNbConstraints() != c.Constraints {
		return nil, &keys.Error{Code: Mismatch, At: c.folder, Message: fmt.Sprintf("the ceremony is for circuit %s, the sources compile to %s", c.System, system.Digest)}
	}
	return system, nil
}

// Step is a file of the ceremony.
type Step struct {
	Phase  int    `json:"phase"`
	Number int    `json:"step"`   // 0 is where a phase begins, contributions count from 1
	Digest string `json:"digest"` // SHA-256 of the file
	File   string `json:"file"`
}

var named = regexp.MustCompile(`^phase([12])-(\d{3})-([0-9a-f]{64})$`)

func stepName(phase, number int, digest string) string {
	return fmt.Sprintf("phase%d-%03d-%s", phase, number, digest)
}

// Steps lists a phase's files in order; two files of one step, or a gap, are an error.
func (c *Ceremony) Steps(phase int) ([]Step, error) {
	entries, err := os.ReadDir(c.folder)
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, entry := range entries {
		parts := named.FindStringSubmatch(entry.Name())
		if parts == nil || parts[1] != strconv.Itoa(phase) {
			continue
		}
		number, _ := strconv.Atoi(parts[2])
		steps = append(steps, Step{phase, number, parts[3], entry.Name()})
	}
	sort.Slice(steps, func(i, j int) bool { return steps[i].Number < steps[j].Number })
	first := 2 - phase // phase 1 begins with what the domain fixes, and no file; phase 2 with a file
	for i, step := range steps {
		if step.Number != first+i {
			return nil, &keys.Error{Code: Missing, At: step.File, Message: "a step before it is missing, or there are two of it"}
		}
	}
	return steps, nil
}

// digestOf reads a file once for its digest.
func digestOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func readJSON(path string, value any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("no such file")
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, value)
}
