// Package kernel is what every chip stands on: named rules, exact bits, ranges, one bus, memory, words and hashes.
//
// All randomness of a batch hangs on one challenge, drawn after everything on the bus is committed. See bus.go for
// the argument that ties lookups, memory and tree nodes together.
package kernel

import (
	"math/big"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/layout"
)

// Variable is a wire, a linear expression of wires, or a constant.
type Variable = frontend.Variable

// Risk is how a market's positions are valued: wires of the whole batch.
type Risk struct{ Mark, Initial, Reserve Variable }

// Kernel collects the rules and tuples of one batch circuit.
type Kernel struct {
	API frontend.API

	// Batch-wide wires, set by the statement before any chip that reads them.
	Clock   Variable               // seconds, range-checked
	Open    [layout.Markets]Bit    // whether a market takes orders that open risk
	Markets [layout.Markets]Risk   // after advance
	Domain  Variable               // hash of chain id, contract and version
	Tables  Tables                 // what everyone may read
	fees    []Variable             // of live slots
	chip    string                 // whose rules follow
	rules   map[string]*Rule       // by name
	order   []string               // rules in the order first stated
	book    *bus                   //
	hashes  *hasher                //
	watch   *Observer              // test engine only
	product *genericProduct        //
	seen    map[string]int         // occurrences of labelled hints
	after   []func(Variable) error // work that needs the challenge
}

// New starts a kernel. With an observer, meant for gnark's test engine, broken rules are collected by name in place
// of failing at the first.
func New(api frontend.API, watch *Observer) *Kernel {
	k := &Kernel{API: api, rules: map[string]*Rule{}, watch: watch, seen: map[string]int{}}
	k.book = &bus{arity: map[int]int{}}
	k.hashes = newHasher(k)
	k.Tables = Tables{
		Market: k.NewTable(TagMarket, 2),
		Risk:   k.NewTable(TagRisk, 2),
		Signer: k.NewTable(TagSigner, 1),
	}
	api.Compiler().Defer(k.close)
	return k
}

// Chip names the chip whose rules follow.
func (k *Kernel) Chip(name string) { k.chip = name }

// AfterChallenge runs f once the challenge is known. f must not put or take tuples.
func (k *Kernel) AfterChallenge(f func(challenge Variable) error) { k.after = append(k.after, f) }

// Fee adds a fee to the batch's sum: a dead slot's counts nothing.
func (k *Kernel) Fee(fee Variable, live Bit) { k.fees = append(k.fees, k.API.Mul(fee, live.value)) }

// Fees is the sum of all fees so far.
func (k *Kernel) Fees() Variable { return k.Sum(k.fees...) }

// Sum adds up.
func (k *Kernel) Sum(terms ...Variable) Variable {
	switch len(terms) {
	case 0:
		return 0
	case 1:
		return terms[0]
	}
	return k.API.Add(terms[0], terms[1], terms[2:]...)
}

// Shift is x * 2^bits.
func (k *Kernel) Shift(x Variable, bits int) Variable { return k.API.Mul(x, Power(bits)) }

// Power is 2^n.
func Power(n int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(n)) }

// At is the time of a step of a tick's block.
func (k *Kernel) At(tick Variable, step int) Variable {
	return k.API.Add(k.API.Mul(tick, layout.Steps), step)
}

// constant is the value of a constant, or in the test engine of any wire.
func (k *Kernel) constant(v Variable) (*big.Int, bool) { return k.API.Compiler().ConstantValue(v) }

func (k *Kernel) isConstant(v Variable) bool { _, ok := k.constant(v); return ok }

// hint asks the prover for n values. Its label lets a test replace an honest answer by a lie.
func (k *Kernel) hint(label string, f func(*big.Int, []*big.Int, []*big.Int) error, n int, in ...Variable) []Variable {
	if lie, ok := k.watch.lie(label, k.count(label)); ok {
		return lie
	}
	out, err := k.API.Compiler().NewHint(f, n, in...)
	if err != nil {
		panic(err)
	}
	return out
}

// Hint asks the prover for n values that the caller binds; see hint.
func (k *Kernel) Hint(label string, f func(*big.Int, []*big.Int, []*big.Int) error, n int, in ...Variable) []Variable {
	return k.hint(label, f, n, in...)
}

func (k *Kernel) count(label string) int {
	n := k.seen[label]
	k.seen[label] = n + 1
	return n
}
