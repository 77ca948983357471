package signature

import (
	"testing"

	"novate/circuits/chips/chiptest"
)

// Costs, pinned: a change in either direction fails. Fixed is what the first signature brings along: the base point's table
// (4,096) and that of the range check (4,096), the start, and the challenge's powers.
func TestCosts(t *testing.T) {
	count := func(signers, signatures, sheets, reports int) int {
		return chiptest.Compile(t, define, room(signers, signatures, sheets, reports)).GetNbConstraints()
	}
	// What the bench adds to a slot: a live bit, and the tuples it holds or takes.
	const signer, signature, sheet, report = 771 + 7, 560 + 3, 848 + 1, 1410 + 1
	base := count(1, 1, 1, 1)
	for _, c := range []struct {
		name      string
		got, want int
	}{
		{"signer", (count(5, 1, 1, 1) - base) / 4, signer},
		{"signature", (count(1, 9, 1, 1) - base) / 8, signature},
		{"sheet", (count(1, 1, 5, 1) - base) / 4, sheet},
		{"report", (count(1, 1, 1, 5) - base) / 4, report},
		{"fixed", base - signer - signature - sheet - report, 8322},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d constraints, pinned %d", c.name, c.got, c.want)
		}
	}
}
