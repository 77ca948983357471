package signature

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/twistededwards"
	"github.com/consensys/gnark/backend"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"

	"novate/circuits/curve"
	"novate/circuits/kernel"
	"novate/circuits/schnorr"
)

// torsion is a point of order eight.
func torsion(t *testing.T) curve.Edwards {
	t.Helper()
	for y := byte(2); y < 100; y++ {
		var p curve.Edwards
		if _, err := p.SetBytes(append([]byte{y}, make([]byte, fr.Bytes-1)...)); err != nil || !p.IsOnCurve() {
			continue
		}
		q := curve.Multiply(p, curve.Order())
		if four := curve.Multiply(q, big.NewInt(4)); !four.IsZero() {
			return q
		}
	}
	t.Fatal("no point of order eight")
	return curve.Edwards{}
}

// Hints that have more than one true answer: whichever the prover picks, nothing that leaves the slot changes.
func TestHarmlessChoices(t *testing.T) {
	eighths := eighthOf(keyOf(victim).Public)
	k := new(big.Int).ModInverse(big.NewInt(8), curve.Order())
	p := curve.Multiply(keyOf(victim).Public, k)
	shift := torsion(t)
	for range 8 {
		var sum twistededwards.PointAffine
		p = *sum.Add(&p, &shift)
		put(curve.FromEdwards(p)[0], eighths)
		watch := kernel.NewObserver()
		watch.Lies[eighth] = eighths
		if names := broken(t, honest(1, 1, 0, 0, false), watch); len(names) != 0 {
			t.Fatalf("another eighth of the same key breaks %v", names)
		}
	}
}

// Lies against the compiled circuit, those of a thief with real proofs and their commitment: a prover who answers hints
// as it likes finds no proof.
func TestLiesFindNoProof(t *testing.T) {
	ccs := compile(t, room(2, 2, 0, 0))
	proving, verifying, err := groth16.Setup(ccs)
	if err != nil {
		t.Fatal(err)
	}
	prove := func(b *bench, options ...solver.Option) error {
		w, err := frontend.NewWitness(b, field)
		if err != nil {
			t.Fatal(err)
		}
		proof, err := groth16.Prove(ccs, proving, w, backend.WithSolverOptions(options...))
		if err != nil {
			return err
		}
		public, err := w.Public()
		if err != nil {
			t.Fatal(err)
		}
		return groth16.Verify(proof, verifying, public)
	}
	if err := prove(honest(2, 2, 0, 0, false)); err != nil {
		t.Fatalf("the honest twin is refused: %v", err)
	}
	solve := func(b *bench, options ...solver.Option) error {
		w, err := frontend.NewWitness(b, field)
		if err != nil {
			t.Fatal(err)
		}
		return ccs.IsSolved(w, options...)
	}
	thiefs := forger{big.NewInt(3), big.NewInt(stolenNonce)}
	stolen := func() *bench { // the victim's word under a thief's signature; the thief is the neighbour
		b := honest(2, 2, 0, 0, false)
		b.Signers[neighbour].Identity.Key = integer(thiefs.key().X)
		b.sign(1, victim, big.NewInt(77))
		h := hashOf(thiefs.r(), b.Signatures[0].Key, int64(word), domain)
		b.Signatures[0].RX, b.Signatures[0].S = thiefs.r(), thiefs.s(schnorr.Challenge(h))
		return b
	}
	fromThief := func(shift bool) solver.Hint {
		return func(m *big.Int, in, out []*big.Int) error {
			if err := keyDigitsHint(m, in, out); err != nil || in[1].Cmp(integer(keyOf(victim).Public.X)) != 0 {
				return err
			}
			if h := hashOf(thiefs.r(), in[1], int64(word), domain); h.Cmp(in[2]) != 0 {
				return nil
			}
			for i, v := range digitsOf(thiefs.key(), in[2]) {
				out[i].Set(v)
				if shift && i >= 2*schnorr.Columns {
					out[i].Add(v, kernel.Power(tableBits))
				}
			}
			return nil
		}
	}
	after := func(hint solver.Hint, change func(out []*big.Int)) solver.Hint {
		return func(m *big.Int, in, out []*big.Int) error {
			if err := hint(m, in, out); err != nil {
				return err
			}
			change(out)
			return nil
		}
	}
	for _, c := range []struct {
		name string
		try  func(*bench, ...solver.Option) error
		b    *bench
		hint solver.Hint
		lie  solver.Hint
	}{
		{"points out of a neighbour's table", prove, stolen(), keyDigitsHint, fromThief(false)},
		{"digits into a neighbour's table", prove, stolen(), keyDigitsHint, fromThief(true)},
		{"points of S moved, their sum kept", prove, honest(2, 2, 0, 0, false), baseDigitsHint, after(baseDigitsHint, func(out []*big.Int) {
			for j, k := range []int64{424242, -212121} {
				p := curve.Weierstrass{X: element(out[2*j]), Y: element(out[2*j+1])}
				put(add(p, curve.FromEdwards(curve.Multiply(curve.Base, big.NewInt(k)))[0]), out[2*j:])
			}
		})},
		{"a table of the negated key", solve, honest(2, 2, 0, 0, false), eighthHint, after(eighthHint, func(out []*big.Int) { out[1].Sub(field, out[1]) })},
		{"the torsion point as an eighth", solve, honest(2, 2, 0, 0, false), eighthHint, after(eighthHint, func(out []*big.Int) { out[0].SetInt64(0); out[1].SetInt64(0) })},
		{"a start off the curve", solve, honest(2, 2, 0, 0, false), startHint, after(startHint, func(out []*big.Int) { out[startBits].Add(out[startBits], big.NewInt(1)) })},
		{"a start that is no bits", solve, honest(2, 2, 0, 0, false), startHint, after(startHint, func(out []*big.Int) { out[0].SetInt64(2) })},
	} {
		if err := c.try(c.b, solver.OverrideHint(solver.GetHintID(c.hint), c.lie)); err == nil {
			t.Errorf("%s: accepted", c.name)
		}
	}
	// The start's other sign is as good.
	other := after(startHint, func(out []*big.Int) { out[startBits].Sub(field, out[startBits]) })
	if err := solve(honest(2, 2, 0, 0, false), solver.OverrideHint(solver.GetHintID(startHint), other)); err != nil {
		t.Errorf("the start's other sign: %v", err)
	}
}
