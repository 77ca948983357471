package kernel

import (
	"math/big"

	"github.com/consensys/gnark/constraint"
)

// Rule is a proposition that every honest witness makes true, and that at least one forgery breaks.
type Rule struct {
	Name        string
	Chip        string // that stated it first
	Times       int    // in this circuit
	Constraints int    // direct ones, all together
}

// Rules lists the rules in the order they were first stated.
func (k *Kernel) Rules() []Rule {
	out := make([]Rule, len(k.order))
	for i, name := range k.order {
		out[i] = *k.rules[name]
	}
	return out
}

// state records a rule and tells whether the test engine should evaluate it now.
func (k *Kernel) state(name string, constraints int) (observed bool) {
	rule := k.rules[name]
	if rule == nil {
		rule = &Rule{Name: name, Chip: k.chip}
		k.rules[name] = rule
		k.order = append(k.order, name)
	}
	rule.Times++
	rule.Constraints += constraints
	return k.watch != nil
}

// Equal states got = want.
func (k *Kernel) Equal(rule string, got, want Variable) {
	if k.state(rule, 1) {
		if k.see(got).Cmp(k.see(want)) != 0 {
			k.watch.fail(rule)
		}
		return
	}
	k.API.AssertIsEqual(got, want)
}

// Product states a * b = c, in one constraint where AssertIsEqual of a product takes two.
func (k *Kernel) Product(rule string, a, b, c Variable) {
	if k.state(rule, 1) {
		if k.see(k.API.Mul(a, b)).Cmp(k.see(c)) != 0 {
			k.watch.fail(rule)
		}
		return
	}
	k.assertProduct(a, b, c)
}

// NonZero states that x is not zero where live is 1. A dead slot passes with any x.
func (k *Kernel) NonZero(rule string, x Variable, live Bit) {
	if k.state(rule, 1) {
		if k.see(x).Sign() == 0 && k.see(live.value).Sign() != 0 {
			k.watch.fail(rule)
		}
		return
	}
	// Given x, live in {0,1}. Hinted y = live / x. Checked x * y = live. If live = 1, x has the inverse y; if live = 0,
	// y = 0 always satisfies it.
	k.API.DivUnchecked(live.value, x)
}

// Divide is a / b. Where b = 0 the prover may choose the quotient if a = 0 too, and fails otherwise: the caller shows
// that b is never zero.
func (k *Kernel) Divide(rule string, a, b Variable) Variable {
	if k.state(rule, 1) {
		x, y := k.see(a), k.see(b)
		if y.Sign() == 0 {
			k.watch.fail(rule)
			return big.NewInt(0)
		}
		y.ModInverse(y, k.API.Compiler().Field())
		return y.Mul(y, x).Mod(y, k.API.Compiler().Field())
	}
	return k.API.DivUnchecked(a, b)
}

type genericProduct struct {
	blueprint constraint.BlueprintGenericR1C
	id        constraint.BlueprintID
}

// assertProduct adds the bare constraint a * b = c through gnark's public blueprint instruction.
func (k *Kernel) assertProduct(a, b, c Variable) {
	compiler := k.API.Compiler()
	if k.product == nil {
		k.product = &genericProduct{}
		k.product.id = compiler.AddBlueprint(&k.product.blueprint)
	}
	linear := func(v Variable) constraint.LinearExpression {
		return compiler.ToCanonicalVariable(v).(constraint.LinearExpression)
	}
	var data []uint32
	k.product.blueprint.CompressR1C(&constraint.R1C{L: linear(a), R: linear(b), O: linear(k.API.Add(c, 0))}, &data)
	compiler.AddInstruction(k.product.id, data)
}
