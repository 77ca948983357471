package signature

import (
	"math/big"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"

	"novate/circuits/chips/chiptest"
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

// The hint of an eighth has eight true answers. Whichever the prover picks, the key and its table are the same.
func TestEveryEighthServes(t *testing.T) {
	p := curve.Multiply(keyOf(victim).Public, new(big.Int).ModInverse(big.NewInt(8), curve.Order()))
	shift := torsion(t)
	for range 8 {
		var sum curve.Edwards
		p = *sum.Add(&p, &shift)
		watch := kernel.NewObserver()
		watch.Lies[eighth] = values(2)
		put(curve.FromEdwards(p)[0], watch.Lies[eighth])
		if names := chiptest.Observe(t, define, honest(1, 1, 0, 0), watch); len(names) != 0 {
			t.Fatalf("another eighth of the same key breaks %v", names)
		}
	}
}

// small is a circuit of two signers and two signatures, with a prover who may lie.
type small struct {
	Bench  bench
	Public frontend.Variable `gnark:",public"`
}

func (c *small) Define(api frontend.API) error {
	define(kernel.New(api, nil), &c.Bench)
	api.AssertIsEqual(c.Public, 1)
	return nil
}

// prover proves benches with the real commitment, or only solves them.
type prover struct {
	system    constraint.ConstraintSystem
	proving   groth16.ProvingKey
	verifying groth16.VerifyingKey
}

func newProver(t *testing.T) (p prover) {
	t.Helper()
	var err error
	if p.system, err = frontend.Compile(field, r1cs.NewBuilder, &small{Bench: room(2, 2, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	if p.proving, p.verifying, err = groth16.Setup(p.system); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p prover) try(t *testing.T, b bench, real bool, options ...solver.Option) error {
	t.Helper()
	w, err := frontend.NewWitness(&small{b, 1}, field)
	if err != nil {
		t.Fatal(err)
	}
	if !real {
		return p.system.IsSolved(w, options...)
	}
	proof, err := groth16.Prove(p.system, p.proving, w, backend.WithSolverOptions(options...))
	if err != nil {
		return err
	}
	public, err := w.Public()
	if err != nil {
		t.Fatal(err)
	}
	return groth16.Verify(proof, p.verifying, public)
}

// after changes what an honest hint answers.
func after(hint solver.Hint, change func(in, out []*big.Int)) solver.Hint {
	return func(m *big.Int, in, out []*big.Int) error {
		if err := hint(m, in, out); err != nil {
			return err
		}
		change(in, out)
		return nil
	}
}

// stolen answers the hint on e with the thief's points for the word that the thief signed in the victim's name.
func stolen(move *big.Int) solver.Hint {
	return after(keyDigitsHint, func(in, out []*big.Int) {
		if in[2].Cmp(thief.hash(integer(keyOf(victim).Public.X))) == 0 {
			for i, v := range thief.stolen(move) {
				out[i].Set(v)
			}
		}
	})
}

// Lies against the compiled circuit, those of a thief with real proofs and their commitment: a prover who answers hints
// as it likes finds no proof.
func TestLiesFindNoProof(t *testing.T) {
	p := newProver(t)
	if err := p.try(t, honest(2, 2, 0, 0), true); err != nil {
		t.Fatalf("the honest twin is refused: %v", err)
	}
	theft := honest(2, 2, 0, 0)
	thief.steal(&theft)
	for _, c := range []struct {
		name string
		real bool
		b    bench
		hint solver.Hint
		lie  solver.Hint
	}{
		{"points out of a neighbour's table", true, theft, keyDigitsHint, stolen(new(big.Int))},
		{"digits into a neighbour's table", true, theft, keyDigitsHint, stolen(kernel.Power(tableBits))},
		{"points of S moved, their sum kept", true, honest(2, 2, 0, 0), baseDigitsHint,
			after(baseDigitsHint, func(in, out []*big.Int) {
				for i, v := range moved(in[0]) {
					out[i].Set(v)
				}
			})},
		{"a table of the negated key", false, honest(2, 2, 0, 0), eighthHint,
			after(eighthHint, func(_, out []*big.Int) { out[1].Sub(field, out[1]) })},
		{"the torsion point as an eighth", false, honest(2, 2, 0, 0), eighthHint,
			after(eighthHint, func(_, out []*big.Int) { put(curve.Torsion, out) })},
		{"a start off the curve", false, honest(2, 2, 0, 0), startHint,
			after(startHint, func(_, out []*big.Int) { out[startBits].Add(out[startBits], big.NewInt(1)) })},
		{"a start that is no bits", false, honest(2, 2, 0, 0), startHint,
			after(startHint, func(_, out []*big.Int) { out[0].SetInt64(2) })},
		{"digits of S + l", false, honest(2, 2, 0, 0), baseDigitsHint, after(baseDigitsHint, func(in, out []*big.Int) {
			if err := baseDigitsHint(field, []*big.Int{new(big.Int).Add(in[0], curve.Order())}, out); err != nil {
				panic(err)
			}
		})},
		{"no digits of e", false, honest(2, 2, 0, 0), keyDigitsHint, after(keyDigitsHint, func(_, out []*big.Int) {
			for j := range schnorr.Columns {
				out[2*schnorr.Columns+j].SetInt64(0)
			}
		})},
	} {
		if p.try(t, c.b, c.real, solver.OverrideHint(solver.GetHintID(c.hint), c.lie)) == nil {
			t.Errorf("%s: accepted", c.name)
		}
	}
	other := after(startHint, func(_, out []*big.Int) { out[startBits].Sub(field, out[startBits]) })
	if err := p.try(t, honest(2, 2, 0, 0), false, solver.OverrideHint(solver.GetHintID(startHint), other)); err != nil {
		t.Errorf("the start's other sign is as good, but: %v", err)
	}
}
