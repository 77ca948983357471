package kernel

import (
	"fmt"
	"math/big"
	"sort"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// Observer watches a run in gnark's test engine. Every rule is evaluated on its own, so one name alone in Broken means:
// with that rule switched off this witness would be accepted.
type Observer struct {
	Off        map[string]bool       // rules that are not looked at
	Lies       map[string][]*big.Int // "label#occurrence" of a hint: what a lying prover answers instead
	Broken     map[string]int        // rules that do not hold, and how often
	Unbalanced []string              // tuples that do not cancel
	bound      map[string]bool       // lies that met their hint
	_          struct{}
}

// NewObserver starts with everything on and everyone honest.
func NewObserver() *Observer {
	return &Observer{Off: map[string]bool{}, Lies: map[string][]*big.Int{}, Broken: map[string]int{}, bound: map[string]bool{}}
}

// Names lists the broken rules in order.
func (o *Observer) Names() []string {
	names := make([]string, 0, len(o.Broken))
	for name := range o.Broken {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Unmet lists lies whose hint never ran: a test that tells one tests nothing.
func (o *Observer) Unmet() []string {
	var out []string
	for label := range o.Lies {
		if !o.bound[label] {
			out = append(out, label)
		}
	}
	sort.Strings(out)
	return out
}

func (o *Observer) fail(rule string) {
	if !o.Off[rule] {
		o.Broken[rule]++
	}
}

func (o *Observer) lie(label string, occurrence int) ([]Variable, bool) {
	if o == nil || len(o.Lies) == 0 {
		return nil, false
	}
	at := fmt.Sprintf("%s#%d", label, occurrence)
	values, ok := o.Lies[at]
	if !ok {
		return nil, false
	}
	o.bound[at] = true
	out := make([]Variable, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out, true
}

// see is the value of a wire in the test engine, reduced.
func (k *Kernel) see(v Variable) *big.Int {
	x, _ := k.constant(v) // the test engine knows every wire, and calls it a constant only on demand
	if x == nil {
		panic("kernel: observers need gnark's test engine")
	}
	return new(big.Int).Mod(x, fr.Modulus())
}
