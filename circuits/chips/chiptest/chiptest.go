// Package chiptest runs chips in small circuits of their own, on witnesses made by hand.
package chiptest

import (
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/test"

	"novate/circuits/kernel"
)

var field = ecc.BN254.ScalarField()

// Define states the rules of a circuit over a witness, a struct of variables.
type Define[W any] func(k *kernel.Kernel, w *W)

// circuit is a witness and what is stated of it.
type circuit[W any] struct {
	Witness W
	One     frontend.Variable `gnark:",public"`

	script *script[W] // behind a pointer, where gnark does not look
	watch  *kernel.Observer
}

type script[W any] struct{ define Define[W] }

// Define is what gnark calls.
func (c *circuit[W]) Define(api frontend.API) error {
	c.script.define(kernel.New(api, c.watch), &c.Witness)
	api.AssertIsEqual(c.One, 1)
	return nil
}

// Compile compiles a circuit over a witness of this shape, and checks that one commitment covers private wires only.
func Compile[W any](t testing.TB, define Define[W], shape W) constraint.ConstraintSystem {
	t.Helper()
	c := &circuit[W]{Witness: shape, script: &script[W]{define}}
	system, err := frontend.Compile(field, r1cs.NewBuilder, c)
	if err != nil {
		t.Fatal(err)
	}
	commitments := system.GetCommitments().(constraint.Groth16Commitments)
	if len(commitments) != 1 || len(commitments[0].PublicAndCommitmentCommitted) != 0 {
		t.Fatalf("want one commitment over private wires, got %+v", commitments)
	}
	return system
}

// Slope is what one slot more costs: of(n) is a circuit's witness shape with n slots.
func Slope[W any](t testing.TB, define Define[W], of func(n int) W) int {
	t.Helper()
	const n = 2
	one := Compile(t, define, of(n)).GetNbConstraints()
	two := Compile(t, define, of(2*n)).GetNbConstraints()
	if (two-one)%n != 0 {
		t.Fatalf("%d constraints for %d slots, %d for %d: no slope", one, n, two, 2*n)
	}
	return (two - one) / n
}

// Observe lists the rules that a witness breaks, by the observer's lights.
func Observe[W any](t testing.TB, define Define[W], w W, watch *kernel.Observer) []string {
	t.Helper()
	c := &circuit[W]{Witness: w, One: 1, script: &script[W]{define}, watch: watch}
	if err := test.IsSolved(c, c, field); err != nil {
		t.Fatal(err)
	}
	if unmet := watch.Unmet(); len(unmet) > 0 {
		t.Fatalf("lies that no hint met: %v", unmet)
	}
	return watch.Names()
}

// Solves tells whether a compiled circuit accepts a witness.
func Solves[W any](t testing.TB, system constraint.ConstraintSystem, w W) bool {
	t.Helper()
	full, err := frontend.NewWitness(&circuit[W]{Witness: w, One: 1}, field)
	if err != nil {
		t.Fatal(err)
	}
	return system.IsSolved(full) == nil
}

// Forgery is a false witness, or a false answer to a hint, that breaks one rule and no other.
type Forgery[W any] struct {
	Name  string
	Forge func(w *W)
	Lies  map[string][]*big.Int // "label#occurrence" of hints
	Rule  string
}

// Twins checks that the honest witness breaks nothing and solves the compiled circuit, and that every forgery breaks
// its rule alone: with that rule off it would be accepted. Forgeries without lies must not solve the compiled circuit.
func Twins[W any](t *testing.T, define Define[W], honest func() W, forgeries []Forgery[W]) {
	t.Helper()
	system := Compile(t, define, honest())
	watch := kernel.NewObserver()
	if names := Observe(t, define, honest(), watch); len(names) > 0 {
		t.Fatalf("the honest witness breaks %v %v", names, watch.Unbalanced)
	}
	if !Solves(t, system, honest()) {
		t.Fatal("the compiled circuit refuses the honest witness")
	}
	for _, f := range forgeries {
		t.Run(f.Name, func(t *testing.T) {
			w, watch := honest(), kernel.NewObserver()
			if f.Forge != nil {
				f.Forge(&w)
			}
			watch.Lies = f.Lies
			if names := Observe(t, define, w, watch); !reflect.DeepEqual(names, []string{f.Rule}) {
				t.Errorf("breaks %q, not %q alone; %v", names, f.Rule, watch.Unbalanced)
			}
			if f.Lies == nil && Solves(t, system, w) {
				t.Error("the compiled circuit accepts it")
			}
		})
	}
}

// Bury sets every variable of a slot (a pointer to a struct of the layout) that is not set to what an honest prover
// writes into a dead one.
func Bury(slot any) { bury(reflect.ValueOf(slot).Elem(), big.NewInt(0)) }

var variable = reflect.TypeFor[frontend.Variable]()

func bury(v reflect.Value, dead *big.Int) {
	switch {
	case v.Type() == variable:
		if v.IsNil() {
			v.Set(reflect.ValueOf(dead))
		}
	case v.Kind() == reflect.Slice || v.Kind() == reflect.Array:
		for i := range v.Len() {
			bury(v.Index(i), dead)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			bury(v.Field(i), deadValue(v.Type().Field(i)))
		}
	}
}

// deadValue reads the layout's tag `trace:"name,dead=N"`.
func deadValue(f reflect.StructField) *big.Int {
	for _, part := range strings.Split(f.Tag.Get("trace"), ",") {
		if text, ok := strings.CutPrefix(part, "dead="); ok {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil {
				return big.NewInt(n)
			}
		}
	}
	return big.NewInt(0)
}
