package signature

import "testing"

// Costs, pinned: a change in either direction fails. Fixed is what the first of all brings along: the table of the base
// point (4,096), that of the range check (4,096), the start and the challenge's powers.
func TestCosts(t *testing.T) {
	count := func(signers, signatures, sheets, reports int) int {
		return compile(t, room(signers, signatures, sheets, reports)).GetNbConstraints()
	}
	// What the bench itself adds to a slot: its own live bit and tuples.
	const benchSigner, benchSignature, benchLive = 4, 3, 1
	base := count(1, 1, 1, 1)
	for _, c := range []struct {
		name       string
		got, want  int
		ownOfBench int
	}{
		{"signer", (count(5, 1, 1, 1) - base) / 4, 771, benchSigner},
		{"signature", (count(1, 9, 1, 1) - base) / 8, 560, benchSignature},
		{"sheet", (count(1, 1, 5, 1) - base) / 4, 848, benchLive},
		{"report", (count(1, 1, 1, 5) - base) / 4, 1410, benchLive},
	} {
		if got := c.got - c.ownOfBench; got != c.want {
			t.Errorf("%s: %d constraints, pinned %d", c.name, got, c.want)
		}
	}
	if got := base - (771 + benchSigner) - (560 + benchSignature) - (848 + benchLive) - (1410 + benchLive); got != 8322 {
		t.Errorf("fixed: %d constraints, pinned 8322", got)
	}
}
