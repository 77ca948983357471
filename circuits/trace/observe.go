package trace

import (
	"math/big"
	"strings"

	"github.com/consensys/gnark/test"

	"novate/circuits/kernel"
)

// Findings is what an observer saw of a witness.
type Findings struct {
	Broken     map[string]int `json:"broken"`     // rules that do not hold, and how often
	Unbalanced []string       `json:"unbalanced"` // tuples that do not cancel
	Unmet      []string       `json:"unmet"`      // lies whose hint never ran
}

// Holds tells whether the witness satisfies every rule that was looked at, and every lie was told.
func (f Findings) Holds() bool { return len(f.Broken) == 0 && len(f.Unmet) == 0 }

// Observe runs the circuit over the witness in gnark's test engine. Rules in off are not looked at; lies replace the
// answers of hints, by "label#occurrence". An error (EngineStopped) means that the circuit could not be run to its end.
func (w *Witness) Observe(off []string, lies map[string][]*big.Int) (Findings, error) {
	watch := kernel.NewObserver()
	for _, rule := range off {
		watch.Off[rule] = true
	}
	if lies != nil {
		watch.Lies = lies
	}
	w.Watch = watch
	defer func() { w.Watch = nil }()
	if err := test.IsSolved(w.Circuit, w.Circuit, field); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return Findings{}, fault(EngineStopped, path{}, "%s", first)
	}
	f := Findings{Broken: watch.Broken, Unbalanced: watch.Unbalanced, Unmet: watch.Unmet()}
	if f.Unbalanced == nil {
		f.Unbalanced = []string{}
	}
	if f.Unmet == nil {
		f.Unmet = []string{}
	}
	return f, nil
}
