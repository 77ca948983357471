package kernel

import (
	"math/big"
	"reflect"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/test"

	"novate/circuits/layout"
	"novate/circuits/poseidon"
)

// probe runs define over a few wires.
type probe struct {
	In     [8]frontend.Variable
	Public frontend.Variable `gnark:",public"`

	script *script
	watch  *Observer
}

// script hides a function from gnark's comparison of circuits.
type script struct {
	define func(k *Kernel, in [8]frontend.Variable)
}

func (p *probe) Define(api frontend.API) error {
	k := New(api, p.watch)
	k.Clock = 0
	p.script.define(k, p.In)
	api.AssertIsEqual(p.Public, 1)
	return nil
}

func assigned(define func(*Kernel, [8]frontend.Variable), in ...any) *probe {
	p := &probe{Public: 1, script: &script{define}}
	for i := range p.In {
		p.In[i] = 0
		if i < len(in) {
			p.In[i] = in[i]
		}
	}
	return p
}

// observed lists the rules that a witness breaks.
func observed(define func(*Kernel, [8]frontend.Variable), in ...any) []string {
	p := assigned(define, in...)
	p.watch = NewObserver()
	if err := test.IsSolved(p, p, ecc.BN254.ScalarField()); err != nil {
		panic(err)
	}
	return p.watch.Names()
}

func compiled(t *testing.T, define func(*Kernel, [8]frontend.Variable)) constraint.ConstraintSystem {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &probe{script: &script{define}})
	if err != nil {
		t.Fatal(err)
	}
	commitments := ccs.GetCommitments().(constraint.Groth16Commitments)
	if len(commitments) != 1 || len(commitments[0].PublicAndCommitmentCommitted) != 0 {
		t.Fatalf("want one commitment over private wires, got %+v", commitments)
	}
	return ccs
}

func solves(t *testing.T, ccs constraint.ConstraintSystem, options []solver.Option, in ...any) bool {
	t.Helper()
	p := assigned(nil, in...)
	w, err := frontend.NewWitness(p, ecc.BN254.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	return ccs.IsSolved(w, options...) == nil
}

var field = ecc.BN254.ScalarField()

func minus(n int64) *big.Int { return new(big.Int).Sub(field, big.NewInt(n)) }

// Every gadget accepts what it names and refuses the rest: by name in the test engine, and in the compiled circuit.
func TestGadgets(t *testing.T) {
	live := func(k *Kernel, v Variable) Bit { return k.Boolean("test: live", v) }
	always := func(k *Kernel) { k.Range("test: range", 5, 1) }
	cases := []struct {
		name   string
		define func(*Kernel, [8]frontend.Variable)
		good   [][]any
		bad    [][]any
		rule   string
	}{
		{"range of three limbs", func(k *Kernel, in [8]Variable) { k.Range("r", in[0], 3) },
			[][]any{{0}, {1<<36 - 1}}, [][]any{{1 << 36}, {minus(1)}}, "r"},
		{"bits of one broken limb", func(k *Kernel, in [8]Variable) { k.Bits("r", in[0], 3) },
			[][]any{{0}, {7}}, [][]any{{8}, {4096}}, "r"},
		{"below", func(k *Kernel, in [8]Variable) { k.Below("r", in[0], 1000000, 2) },
			[][]any{{0}, {999999}}, [][]any{{1000000}, {minus(1)}}, "r"},
		{"non-zero where live", func(k *Kernel, in [8]Variable) { always(k); k.NonZero("r", in[0], live(k, in[1])) },
			[][]any{{5, 1}, {0, 0}, {5, 0}}, [][]any{{0, 1}}, "r"},
		{"product", func(k *Kernel, in [8]Variable) { always(k); k.Product("r", in[0], in[1], in[2]) },
			[][]any{{3, 4, 12}}, [][]any{{3, 4, 11}}, "r"},
		{"exact sign", func(k *Kernel, in [8]Variable) { k.Equal("r", k.NotNegative("sign", in[0], 2).Value(), in[1]) },
			[][]any{{0, 1}, {1<<24 - 1, 1}, {minus(1), 0}, {minus(1 << 24), 0}}, [][]any{{0, 0}, {minus(1), 1}, {5, 0}}, "r"},
		{"absolute", func(k *Kernel, in [8]Variable) { k.Equal("r", k.Absolute("abs", in[0], 2), in[1]) },
			[][]any{{7, 7}, {minus(7), 7}, {0, 0}}, [][]any{{7, minus(7)}, {minus(7), minus(7)}}, "r"},
		{"excess", func(k *Kernel, in [8]Variable) { k.Equal("r", k.Excess("max", in[0], 2), in[1]) },
			[][]any{{7, 7}, {minus(7), 0}, {0, 0}}, [][]any{{7, 0}, {minus(7), minus(7)}}, "r"},
		{"own tuples cancel", func(k *Kernel, in [8]Variable) {
			k.Put(TagItem, in[0], NewRow(in[1], in[2]), One)
			k.Take(TagItem, in[3], NewRow(in[4], in[5]), One)
		}, [][]any{{1, 2, 3, 1, 2, 3}}, [][]any{{1, 2, 3, 1, 3, 2}, {1, 2, 3, 2, 2, 3}, {6, 0, 1, 0, 2, 3}}, "bus: item"},
		{"a dead tuple is none", func(k *Kernel, in [8]Variable) { k.Put(TagItem, 1, NewRow(2, in[0]), live(k, in[1])) },
			[][]any{{3, 0}}, [][]any{{3, 1}}, "bus: item"},
		{"a table answers any number of times", func(k *Kernel, in [8]Variable) {
			k.Tables.Risk.Add(1, NewRow(10, 11, 12, 0), One)
			k.Tables.Risk.Add(2, NewRow(20, 21, 22, 0), One)
			k.Tables.Risk.Ask(in[0], NewRow(in[1], in[2], in[3], 0), One)
			k.Tables.Risk.Ask(in[0], NewRow(in[1], in[2], in[3], 0), live(k, in[4]))
		}, [][]any{{1, 10, 11, 12, 1}, {2, 20, 21, 22, 0}}, [][]any{{1, 20, 21, 22, 0}, {3, 10, 11, 12, 1}}, "bus: risk"},
		{"memory: a write is read back", func(k *Kernel, in [8]Variable) {
			k.Put(layout.TagCash, k.Key(9, 0), NewRow(100), One)
			k.CashMoves("cash", 9, layout.CashAccess{Previous: 0, CashRow: layout.CashRow{Cash: 100}}, 5, 511, One)
			k.Read(layout.TagCash, 9, in[0], NewRow(in[1]), 767, One)
			k.Take(layout.TagCash, k.Key(9, 767), NewRow(in[2]), One)
		}, [][]any{{511, 105, 105}}, [][]any{{511, 100, 100}, {0, 100, 100}}, "bus: cash"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ccs := compiled(t, func(k *Kernel, in [8]Variable) { always(k); c.define(k, in) })
			for _, in := range c.good {
				if names := observed(c.define, in...); len(names) != 0 {
					t.Errorf("%v breaks %v", in, names)
				}
				if !solves(t, ccs, nil, in...) {
					t.Errorf("%v is refused by the compiled circuit", in)
				}
			}
			for _, in := range c.bad {
				if names := observed(c.define, in...); !reflect.DeepEqual(names, []string{c.rule}) {
					t.Errorf("%v breaks %v, not %q alone", in, names, c.rule)
				}
				if solves(t, ccs, nil, in...) {
					t.Errorf("%v is accepted by the compiled circuit", in)
				}
			}
		})
	}
}

// A prover who answers hints as it likes gains nothing: the compiled circuit refuses every lie.
func TestLyingHints(t *testing.T) {
	lie := func(values ...int64) solver.Hint {
		return func(_ *big.Int, _, out []*big.Int) error {
			for i := range out {
				out[i].Mod(big.NewInt(values[i%len(values)]), field)
			}
			return nil
		}
	}
	sign, limb, count := solver.GetHintID(signHint), solver.GetHintID(limbHint), solver.GetHintID(countHint)
	cases := []struct {
		name   string
		define func(*Kernel, [8]frontend.Variable)
		id     solver.HintID
		lie    solver.Hint
		in     []any
	}{
		{"a negative number is called positive", func(k *Kernel, in [8]Variable) { k.NotNegative("s", in[0], 2) }, sign, lie(1), []any{minus(3)}},
		{"a positive number is called negative", func(k *Kernel, in [8]Variable) { k.NotNegative("s", in[0], 2) }, sign, lie(0), []any{3}},
		{"zero is called negative", func(k *Kernel, in [8]Variable) { k.NotNegative("s", in[0], 2) }, sign, lie(0), []any{0}},
		{"a sign that is no bit", func(k *Kernel, in [8]Variable) { k.NotNegative("s", in[0], 2) }, sign, lie(2), []any{3}},
		{"an excess of the wrong sign", func(k *Kernel, in [8]Variable) { k.Excess("s", in[0], 2) }, sign, lie(0), []any{3}},
		{"limbs of another number", func(k *Kernel, in [8]Variable) { k.Range("r", in[0], 3) }, limb, lie(1), []any{5}},
		{"limbs that wrap the field", func(k *Kernel, in [8]Variable) { k.Range("r", in[0], 3) }, limb, lie(-1), []any{5}},
		{"counts that do not add up", func(k *Kernel, in [8]Variable) { k.Range("r", in[0], 2) }, count, lie(1), []any{5}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			ccs := compiled(t, c.define)
			if !solves(t, ccs, nil, 3) {
				t.Fatal("the honest twin is refused")
			}
			if solves(t, ccs, []solver.Option{solver.OverrideHint(c.id, c.lie)}, c.in...) {
				t.Fatal("accepted")
			}
		})
	}
}

// What is hashed outside is what circuits hash, at every width.
func TestHashIsTheSameOutside(t *testing.T) {
	for width := range poseidon.PartialRounds {
		cells := make([]fr.Element, width)
		for i := range cells {
			cells[i].SetUint64(uint64(i*i + 3))
		}
		digest := poseidon.Compress(append([]fr.Element{}, cells...))
		define := func(k *Kernel, in [8]frontend.Variable) {
			wires := []Variable{in[0]}
			for _, cell := range cells[1:] {
				wires = append(wires, cell.BigInt(new(big.Int)))
			}
			k.Equal("test: digest", k.Compress(wires...), digest.BigInt(new(big.Int)))
		}
		if names := observed(define, cells[0].BigInt(new(big.Int))); len(names) != 0 {
			t.Fatalf("width %d: another digest", width)
		}
		if names := observed(define, 4); !reflect.DeepEqual(names, []string{"test: digest"}) {
			t.Fatalf("width %d: another cell has the same digest", width)
		}
	}
}

// A row that is dead answers nobody, however its multiplicity is chosen.
func TestDeadRowOfATable(t *testing.T) {
	define := func(k *Kernel, in [8]Variable) {
		k.Range("test: range", 5, 1)
		k.Tables.Risk.Add(1, NewRow(in[0], 0, 0, 0), k.Boolean("test: live", in[1]))
		k.Tables.Risk.Ask(1, NewRow(in[0], 0, 0, 0), One)
	}
	ccs := compiled(t, define)
	if !solves(t, ccs, nil, 9, 1) {
		t.Fatal("a live row is refused")
	}
	if solves(t, ccs, nil, 9, 0) {
		t.Fatal("a dead row was read")
	}
	if names := observed(define, 9, 0); !reflect.DeepEqual(names, []string{"bus: a dead row is not read"}) {
		t.Fatalf("breaks %v", names)
	}
}

// Rules carry their chip, how often they are stated and what they cost.
func TestRulesAreListed(t *testing.T) {
	var listed []Rule
	compiled(t, func(k *Kernel, in [8]Variable) {
		k.Chip("example")
		k.Range("example: small", in[0], 3)
		k.Range("example: small", in[1], 2)
		k.Equal("example: one", in[2], 1)
		listed = k.Rules()
	})
	want := []Rule{{"example: small", "example", 2, 5}, {"example: one", "example", 1, 1}}
	if !reflect.DeepEqual(listed, want) {
		t.Fatalf("got %+v", listed)
	}
}
