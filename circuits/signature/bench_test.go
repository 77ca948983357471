package signature

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
	"novate/circuits/schnorr"
)

var field = ecc.BN254.ScalarField()

// bench stands in for the rest of a batch: it holds identities, takes the words that signatures put, and checks nothing.
type bench struct {
	Domain     frontend.Variable
	Signers    []layout.SignerSlot
	Held       []held
	Signatures []layout.SignatureSlot
	Taken      []taken
	Sheets     []sheet
	Reports    []report
}

// held is an identity of a page: loaded at time 0, stored as it was read at a time.
type held struct {
	Live, Account, Time frontend.Variable
	Row                 layout.IdentityRow
}

// taken is a word that a chip applies.
type taken struct{ Live, Account, Version, Word frontend.Variable }

// sheet is what a sheet's chip hands over.
type sheet struct {
	Live, Signer, Key, RX, S, Account, Version frontend.Variable
	Message                                    [14]frontend.Variable
}

type report struct {
	Live    frontend.Variable
	Slot    layout.ReportSlot
	Message [6]frontend.Variable
}

// define states the signatures, and closes the verifier.
func define(k *kernel.Kernel, b *bench) { verify(k, b).Close() }

// verify states the signatures.
func verify(k *kernel.Kernel, b *bench) *Verifier {
	k.Domain = b.Domain
	v := New(k)
	for i, s := range b.Signers {
		v.Signer(i, s)
	}
	for _, s := range b.Signatures {
		v.Signature(s)
	}
	for _, s := range b.Sheets {
		v.Sheet(s.Signer, s.Key, s.RX, s.S, s.Message[:], holder(k, s.Account, s.Version), k.Boolean("bench: live", s.Live))
	}
	for _, r := range b.Reports {
		v.Report(r.Slot, r.Message[:], k.Boolean("bench: live", r.Live))
	}
	for _, h := range b.Held {
		live := k.Boolean("bench: live", h.Live)
		k.Put(layout.TagIdentity, k.Key(h.Account, 0), kernel.Identity(h.Row), live)
		k.Take(layout.TagIdentity, k.Key(h.Account, h.Time), kernel.Identity(h.Row), live)
	}
	for _, s := range b.Taken {
		k.Take(kernel.TagAuthorised, s.Word, kernel.NewRow(holder(k, s.Account, s.Version)), k.Boolean("bench: live", s.Live))
	}
	return v
}

func holder(k *kernel.Kernel, account, version frontend.Variable) frontend.Variable {
	return k.API.Add(account, k.Shift(version, layout.AccountBits))
}

// room is a bench of dead slots, with a place to hold and to take for each.
func room(signers, signatures, sheets, reports int) bench {
	b := bench{
		Domain:  domain,
		Signers: make([]layout.SignerSlot, signers), Held: make([]held, signers),
		Signatures: make([]layout.SignatureSlot, signatures), Taken: make([]taken, signatures),
		Sheets: make([]sheet, sheets), Reports: make([]report, reports),
	}
	chiptest.Bury(&b)
	return b
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

func sign(key *schnorr.SigningKey, message ...any) (rx, s *big.Int) {
	signature := key.Sign(elements(message...))
	return integer(signature.RX), signature.S
}

// honest has so many live slots of each kind; signatures and sheets go round the signers.
func honest(signers, signatures, sheets, reports int) bench {
	b := room(signers, signatures, sheets, reports)
	for i := range signers {
		b.enroll(i, integer(keyOf(i).Public.X))
	}
	for i := range signatures {
		b.sign(i, i%signers, big.NewInt(word+int64(i)))
	}
	for i := range b.Sheets {
		b.Sheets[i].fill(i%signers, 100*i)
	}
	for i := range b.Reports {
		b.Reports[i].fill(500+i, 10*i)
	}
	return b
}

// word is that of signature 0 in an honest bench.
const word = int64(1e15)

// enroll gives account number i a key, and reads it in slot i.
func (b *bench) enroll(i int, key any) {
	row := layout.IdentityRow{Key: key, Owner: 99, Version: i}
	b.Held[i] = held{Live: 1, Account: accountOf(i), Time: 7 + i, Row: row}
	b.Signers[i].Live, b.Signers[i].Account, b.Signers[i].Time = 1, accountOf(i), 7+i
	b.Signers[i].Identity = layout.IdentityAccess{Previous: 0, IdentityRow: row}
}

// sign fills signature i with a word of signer n, which is taken.
func (b *bench) sign(i, n int, word *big.Int) {
	rx, s := sign(keyOf(n), word, domain)
	b.Signatures[i] = layout.SignatureSlot{
		Live: 1, Account: accountOf(n), Version: n, Word: word, Signer: n, Key: integer(keyOf(n).Public.X), RX: rx, S: s,
	}
	b.Taken[i] = taken{1, accountOf(n), n, word}
}

func (s *sheet) fill(n, from int) {
	s.Live, s.Signer, s.Key, s.Account, s.Version = 1, n, integer(keyOf(n).Public.X), accountOf(n), n
	s.RX, s.S = sign(keyOf(n), fillMessage(s.Message[:], from)...)
}

func (r *report) fill(n, from int) {
	r.Live, r.Slot.X = 1, integer(keyOf(n).Public.X)
	r.Slot.RX, r.Slot.S = sign(keyOf(n), fillMessage(r.Message[:], from)...)
}

func fillMessage(message []frontend.Variable, from int) (values []any) {
	for i := range message {
		message[i] = from + i
		if i == 0 {
			message[i] = domain
		}
		values = append(values, message[i])
	}
	return values
}
