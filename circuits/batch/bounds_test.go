package batch_test

import (
	"math/bits"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/layout"
	"novate/circuits/schnorr"
)

// bound is a number that a class's capacities lead to, and what it has to stay below for the arguments of the circuit
// to hold: docs/circuits.md lists them.
type bound struct {
	what         string
	value, below int
}

// bounds works them out for a class. Every entry of the bus has a constraint of its own, so a class has fewer entries
// than its step.
func bounds(c layout.Class) []bound {
	s := c.Slots
	signatures := s.Signatures + s.Sheets + s.Reports
	ticks := s.Sheets + s.Orders + s.Quotes + s.Cancels + s.CancelAlls + s.Collects + s.Burns + s.ItemBurns + s.Deposits +
		s.Transfers + s.Withdrawals
	const perSignature = 3 * schnorr.Columns // chords of a column: one that doubles counts twice
	return []bound{
		{"entries of the bus, as degrees of X beside those of g = c^(2^24)", c.Step, 1 << 23},
		{"multiplicities of a tuple, as numbers that do not wrap", c.Step, 1 << 24},
		{"times, 256 (ticks + 1), of the width that keys leave them", layout.Steps * (ticks + 1), 1 << layout.StepBits},
		{"ticks, in keys of items", ticks + 1, 1 << layout.ItemKindShift},
		{"steps of a sweep, before SWEEP_END", c.Sweep, layout.SweepMax + 1},
		{"evictions for margin of a sweep", (c.Sweep + layout.MarginStep - 1) / layout.MarginStep, s.MarginEvicts + 1},
		{"fills of a sweep", c.Sweep, s.Fills + 1},
		{"evictions of a sweep", c.Sweep, s.Evicts + 1},
		{"signers' tables, below the reporters'", s.Signers, 1 << 16},
		{"additions that the challenge's start keeps off their exceptions", perSignature * signatures, 1 << 20},
		{"deposits, in the word of counts", s.Deposits, 1 << 16},
		{"withdrawals, in the word of counts", s.Withdrawals, 1 << 16},
		{"outflows of an account, counted", s.Transfers + s.Withdrawals, 1 << 24},
		{"bits of all fees and an account's cash, in the field", bits.Len(uint(s.Orders+s.Fills)) + layout.CashBits + 1, 5 * 12 * 4},
		{"chances of a false sum in 2^200: entries times the highest power of c", bits.Len(uint(c.Step)) + 24 + 5, fr.Bits - 200},
		{"constraints of the FFT domain, whose order divides r - 1", bits.Len(uint(c.Step - 1)), 28 + 1},
		{"wires in a digest's four bytes", 2 * c.Step, 1 << 32},
	}
}

func TestEveryClassKeepsTheBoundsOfTheCircuit(t *testing.T) {
	for _, class := range layout.Classes {
		for _, b := range bounds(class) {
			if b.value >= b.below {
				t.Errorf("%s: %s: %d is not below %d", class.Name, b.what, b.value, b.below)
			}
		}
		if class.Ticks != bounds(class)[3].value-1 {
			t.Errorf("%s declares %d ticks", class.Name, class.Ticks)
		}
		for level, nodes := range class.Nodes {
			if left := layout.Levels - 1 - level; left < 8 && nodes > 1<<(3*left) {
				t.Errorf("%s: %d nodes at level %d, which has fewer", class.Name, nodes, level)
			}
		}
	}
}

func TestABoundCanBeMissed(t *testing.T) {
	class := layout.Classes[len(layout.Classes)-1]
	class.Slots.Signatures *= 6
	class.Slots.Collects += 1 << 16
	class.Sweep, class.Step = 241, 1<<23
	missed := 0
	for _, b := range bounds(class) {
		if b.value >= b.below {
			missed++
		}
	}
	if missed < 5 {
		t.Errorf("%d bounds of a class that is too large are missed", missed)
	}
}
