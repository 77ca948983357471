// Package signature proves Schnorr signatures in the batch circuit: signers' keys, signed words, sheets and reports. The
// scheme is package schnorr's, docs/signing.md has it in words.
//
// Both scalars of S B = R + e* A are read by combs: 21 columns, six rows for a key and twelve for the base point. A
// column looks up one point in the key's table of 64 and one in the base point's of 4,096, adds them up, and is doubled
// into the next.
//
// What a live signature proves: (1) signer and key are a row of the signers' table, so the key is a point A of the prime
// subgroup, not the identity (key.go), and the comb's table of that signer holds its multiples; (2) the digits are those
// of e and of an S below the order, in one way each (digits.go); (3) the sum of what was looked up is a point of the
// subgroup, not the identity, whose x is R.x (sums.go). Hashing the x of R and of A alone names the points, as the
// subgroup has at most one with a given x (curve.FromX).
//
// A dead slot of zeros passes: it looks nothing up in a key's table, so its hints choose points that sum to (0, 0), a
// point with x = 0. Nothing leaves a dead slot.
package signature

import (
	"fmt"

	"novate/circuits/kernel"
	"novate/circuits/layout"
	"novate/circuits/schnorr"
)

// Verifier collects the signatures of a batch.
type Verifier struct {
	k         *kernel.Kernel
	base      *kernel.Table // key: digit; (X, Y)
	comb      *kernel.Table // key: digit + 2^126 n; (X, Y) (n, 0), n the number of the key's table
	pending   []columns
	reporters int
}

// firstReporter is the number of the first reporter's table; signer slots are numbered from 0.
const firstReporter = 1 << 16

// New starts a verifier. Call Close after the last signature: without it no witness passes.
func New(k *kernel.Kernel) *Verifier {
	v := &Verifier{k: k, base: k.NewTable(kernel.TagFixed, 1), comb: k.NewTable(kernel.TagComb, 2)}
	k.OnChallenge(v.sum)
	return v
}

// Signature proves a signed word: it asks who signed, and puts AUTH(word; account + 2^24 version) where live.
func (v *Verifier) Signature(s layout.SignatureSlot) {
	k := v.k
	k.Chip("signature")
	live := k.Boolean("signature: live is a bit", s.Live)
	holder := k.API.Add(s.Account, k.Shift(s.Version, layout.AccountBits))
	v.signed(s.Signer, s.Key, s.RX, s.S, []kernel.Variable{s.Word, k.Domain}, holder, live)
	k.Put(kernel.TagAuthorised, s.Word, kernel.NewRow(holder), live)
}

// Sheet proves the signature of a sheet. The message is the domain, the head and the twelve cells; holder is
// account + 2^24 version. What the sheet is about is the caller's to take apart.
func (v *Verifier) Sheet(signer, key, rx, s kernel.Variable, message []kernel.Variable, holder kernel.Variable, live kernel.Bit) {
	expect(message, 2+layout.SheetCells)
	v.signed(signer, key, rx, s, message, holder, live)
}

// Report proves a reporter's signature under the key with x = s.X, which the caller compares with that of the system
// page. The message is the domain, the head and the four cells.
func (v *Verifier) Report(s layout.ReportSlot, message []kernel.Variable, live kernel.Bit) {
	v.k.Chip("report")
	expect(message, 2+layout.ReportCells)
	number := firstReporter + v.reporters
	v.reporters++
	v.key("report: key in subgroup", "report: key of the reporter", number, s.X, live)
	v.check(number, s.X, s.RX, s.S, message, live)
}

// Close puts the base point's table on the bus.
func (v *Verifier) Close() {
	if len(v.pending) == 0 {
		return
	}
	v.k.Chip("signature")
	for mask, p := range baseTable() {
		v.base.Add(schnorr.Spread(mask), kernel.NewRow(integer(p.X), integer(p.Y)), kernel.One)
	}
}

// signed proves a signature under the key of a signer slot.
func (v *Verifier) signed(signer, key, rx, s kernel.Variable, message []kernel.Variable, holder kernel.Variable, live kernel.Bit) {
	v.k.Tables.Signer.Ask(signer, kernel.NewRow(key, holder), live)
	v.check(signer, key, rx, s, message, live)
}

func expect(message []kernel.Variable, cells int) {
	if len(message) != cells {
		panic(fmt.Sprintf("signature: a message of %d cells, not %d", len(message), cells))
	}
}
