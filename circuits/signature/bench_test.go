package signature

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/test"

	"novate/circuits/kernel"
	"novate/circuits/layout"
	"novate/circuits/schnorr"
)

var field = ecc.BN254.ScalarField()

// sheet is what a sheet's chip hands over.
type sheet struct {
	Live, Signer, Key, RX, S, Account, Version frontend.Variable
	Message                                    [13]frontend.Variable // head and cells
}

type report struct {
	Live    frontend.Variable
	Slot    layout.ReportSlot
	Message [5]frontend.Variable // head and cells
}

// bench stands in for the rest of a batch: it holds the identities, takes what signatures put, and nothing else.
type bench struct {
	Domain     frontend.Variable
	Signers    []layout.SignerSlot
	Signatures []layout.SignatureSlot
	Taken      []layout.SignatureSlot // word, account, version, live
	Sheets     []sheet
	Reports    []report
	Public     frontend.Variable `gnark:",public"`

	watch *kernel.Observer
	open  bool // leave the verifier open
}

func (b *bench) Define(api frontend.API) error {
	k := kernel.New(api, b.watch)
	k.Domain = b.Domain
	v := New(k)
	for i, s := range b.Signers {
		v.Signer(i, s)
		row := kernel.Identity(s.Identity.IdentityRow)
		live := k.Boolean("bench: live", s.Live)
		k.Put(layout.TagIdentity, k.Key(s.Account, 0), row, live)
		k.Take(layout.TagIdentity, k.Key(s.Account, s.Time), row, live)
	}
	for i, s := range b.Signatures {
		v.Signature(s)
		taken := b.Taken[i]
		holder := api.Add(taken.Account, k.Shift(taken.Version, layout.AccountBits))
		k.Take(kernel.TagAuthorised, taken.Word, kernel.NewRow(holder), k.Boolean("bench: live", taken.Live))
	}
	for _, s := range b.Sheets {
		holder := api.Add(s.Account, k.Shift(s.Version, layout.AccountBits))
		message := append([]frontend.Variable{k.Domain}, s.Message[:]...)
		v.Sheet(s.Signer, s.Key, s.RX, s.S, message, holder, k.Boolean("bench: live", s.Live))
	}
	for _, r := range b.Reports {
		message := append([]frontend.Variable{k.Domain}, r.Message[:]...)
		v.Report(r.Slot, message, k.Boolean("bench: live", r.Live))
	}
	if !b.open {
		v.Close()
	}
	api.AssertIsEqual(b.Public, 1)
	return nil
}

// room is a bench of zeros with this many slots.
func room(signers, signatures, sheets, reports int) *bench {
	return &bench{
		Signers: make([]layout.SignerSlot, signers), Signatures: make([]layout.SignatureSlot, signatures),
		Taken: make([]layout.SignatureSlot, signatures), Sheets: make([]sheet, sheets), Reports: make([]report, reports),
	}
}

// domain is some D.
const domain = 4242

func keyOf(n int) *schnorr.SigningKey {
	return schnorr.NewSigningKey([schnorr.SeedSize]byte{byte(n), byte(n >> 8), 1})
}

func accountOf(n int) int { return 1000 + n }

func elements(values ...any) []fr.Element {
	out := make([]fr.Element, len(values))
	for i, v := range values {
		if _, err := out[i].SetInterface(v); err != nil {
			panic(err)
		}
	}
	return out
}

// honest fills a bench: signatures go round the signers, the last slot of each kind is dead if dead is set.
func honest(signers, signatures, sheets, reports int, dead bool) *bench {
	b := room(signers, signatures, sheets, reports)
	b.Domain, b.Public = domain, 1
	zero(b)
	last := 0
	if dead {
		last = 1
	}
	for i := range max(signers-last, 0) {
		b.Signers[i] = layout.SignerSlot{
			Live: 1, Account: accountOf(i), X: 0, Y: 0, Time: 7 + i,
			Identity: layout.IdentityAccess{Previous: 0, IdentityRow: layout.IdentityRow{
				Key: integer(keyOf(i).Public.X), Owner: 99, Version: i}},
		}
	}
	for i := range max(signatures-last, 0) {
		b.sign(i, i%(signers-last), big.NewInt(int64(1e15)+int64(i)))
	}
	for i := range max(sheets-last, 0) {
		n := i % (signers - last)
		s := &b.Sheets[i]
		*s = sheet{Live: 1, Signer: n, Key: integer(keyOf(n).Public.X), Account: accountOf(n), Version: n}
		message := []any{domain}
		for j := range s.Message {
			s.Message[j] = 100*i + j
			message = append(message, s.Message[j])
		}
		s.RX, s.S = signed(keyOf(n), message...)
	}
	for i := range max(reports-last, 0) {
		r := &b.Reports[i]
		r.Live = 1
		r.Slot.X = integer(keyOf(500 + i).Public.X)
		message := []any{domain}
		for j := range r.Message {
			r.Message[j] = 10*i + j
			message = append(message, r.Message[j])
		}
		r.Slot.RX, r.Slot.S = signed(keyOf(500+i), message...)
	}
	return b
}

func signed(key *schnorr.SigningKey, message ...any) (rx, s *big.Int) {
	signature := key.Sign(elements(message...))
	return integer(signature.RX), signature.S
}

// sign fills signature slot i with a word of signer n, taken as it should be.
func (b *bench) sign(i, n int, word *big.Int) {
	rx, s := signed(keyOf(n), word, domain)
	b.Signatures[i] = layout.SignatureSlot{
		Live: 1, Account: accountOf(n), Version: n, Word: word, Signer: n, Key: integer(keyOf(n).Public.X), RX: rx, S: s,
	}
	b.Taken[i] = layout.SignatureSlot{Live: 1, Account: accountOf(n), Version: n, Word: word,
		Signer: 0, Key: 0, RX: 0, S: 0}
}

// zero sets every column to what a dead slot has.
func zero(b *bench) {
	for i := range b.Signers {
		b.Signers[i] = layout.SignerSlot{Live: 0, Account: 0, X: 0, Y: 0, Time: 1,
			Identity: layout.IdentityAccess{Previous: 0, IdentityRow: layout.IdentityRow{Key: 0, Owner: 0, Version: 0}}}
	}
	for i := range b.Signatures {
		b.Signatures[i] = layout.SignatureSlot{Live: 0, Account: 0, Version: 0, Word: 0, Signer: 0, Key: 0, RX: 0, S: 0}
		b.Taken[i] = b.Signatures[i]
	}
	for i := range b.Sheets {
		b.Sheets[i] = sheet{Live: 0, Signer: 0, Key: 0, RX: 0, S: 0, Account: 0, Version: 0}
		for j := range b.Sheets[i].Message {
			b.Sheets[i].Message[j] = 0
		}
	}
	for i := range b.Reports {
		r := &b.Reports[i]
		r.Live = 0
		r.Slot = layout.ReportSlot{Reporter: 0, X: 0, Y: 0, RX: 0, S: 0}
		for j := range r.Slot.Prices {
			r.Slot.Prices[j] = 0
		}
		for j := range r.Message {
			r.Message[j] = 0
		}
	}
}

func compile(t *testing.T, b *bench) constraint.ConstraintSystem { return compileAny(t, b) }

func compileAny(t *testing.T, b frontend.Circuit) constraint.ConstraintSystem {
	t.Helper()
	ccs, err := frontend.Compile(field, r1cs.NewBuilder, b)
	if err != nil {
		t.Fatal(err)
	}
	commitments := ccs.GetCommitments().(constraint.Groth16Commitments)
	if len(commitments) != 1 || len(commitments[0].PublicAndCommitmentCommitted) != 0 {
		t.Fatalf("want one commitment over private wires, got %+v", commitments)
	}
	return ccs
}

// broken lists the rules that a witness breaks under an observer.
func broken(t *testing.T, b *bench, watch *kernel.Observer) []string {
	t.Helper()
	b.watch = watch
	if err := test.IsSolved(b, b, field); err != nil {
		t.Fatalf("%.2000s", err)
	}
	if unmet := watch.Unmet(); len(unmet) != 0 {
		t.Fatalf("no hint heard %v", unmet)
	}
	return watch.Names()
}
