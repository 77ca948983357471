package ceremony

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	groth16 "github.com/consensys/gnark/backend/groth16/bn254"

	"novate/circuits/keys"
)

// Transcript is a ceremony in short: what it was for, every contribution, both beacons, and the key that came out.
type Transcript struct {
	About
	Phase1 ended  `json:"phase1"`
	Start  string `json:"start"` // digest of the beginning of phase 2
	Phase2 ended  `json:"phase2"`
	Key    string `json:"key"`    // digest of the verifying key
	Digest string `json:"digest"` // of all the above: the contract's argument
}

func (c *Ceremony) transcript(s *second, beacon string, vk *groth16.VerifyingKey) (Transcript, error) {
	steps, err := c.Steps(2)
	if err != nil {
		return Transcript{}, err
	}
	key, err := keys.DigestOfVerifying(vk)
	if err != nil {
		return Transcript{}, err
	}
	t := Transcript{
		About: c.About, Phase1: ended{Beacon: c.ending(1).Beacon, Contributions: digests(s.steps[0])}, Start: steps[0].Digest,
		Phase2: ended{Beacon: beacon, Contributions: digests(s.steps[1])}, Key: key,
	}
	t.Digest = t.digest()
	return t, nil
}

// digest is SHA-256 over lines of text, so that anybody can work it out: format, class and its number, circuit,
// constraints, domain; a line a contribution and one for the beacon of each phase; the start of phase 2; the key.
func (t *Transcript) digest() string {
	lines := []string{
		t.Format, fmt.Sprintf("class %s %d", t.Class, t.ClassNumber), "system " + t.System,
		fmt.Sprintf("constraints %d", t.Constraints), fmt.Sprintf("domain %d", t.Domain),
	}
	phase := func(number int, e ended) {
		for i, digest := range e.Contributions {
			lines = append(lines, fmt.Sprintf("phase %d contribution %d %s", number, i+1, digest))
		}
		lines = append(lines, fmt.Sprintf("phase %d beacon %s", number, e.Beacon))
	}
	phase(1, t.Phase1)
	lines = append(lines, "phase 2 start "+t.Start)
	phase(2, t.Phase2)
	lines = append(lines, "key "+t.Key)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n") + "\n"))
	return hex.EncodeToString(sum[:])
}
