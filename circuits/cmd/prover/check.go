package main

import (
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"runtime/debug"

	"novate/circuits/keys"
	"novate/circuits/layout"
	"novate/circuits/proof"
	"novate/circuits/trace"
)

// collectorShare lets garbage grow to some times of what lives, in runs that make much and keep little.
const collectorShare = 800

// question is a line of check's standard input. Lies are what hints answer in place of the truth.
type question struct {
	ID json.RawMessage `json:"id"`
	source
	Off   []string            `json:"off"`
	Lies  map[string][]string `json:"lies"`
	Solve bool                `json:"solve"` // run the compiled constraint system as well
}

// answer is a line of its standard output.
type answer struct {
	ID json.RawMessage `json:"id,omitempty"`
	*trace.Findings
	Solved  *bool        `json:"solved,omitempty"`
	Refused string       `json:"refused,omitempty"` // by which constraint
	Error   *description `json:"error,omitempty"`
}

// check runs witnesses through the rules of their circuit, each rule on its own, and tells which do not hold.
func check(arguments []string, in io.Reader, out, progress io.Writer) error {
	o := newOptions("check").withDir()
	if _, err := o.parse(arguments); err != nil {
		return err
	}
	debug.SetGCPercent(collectorShare)
	c := checker{dir: o.dir, systems: map[string]*keys.System{}, tell: keys.NewProgress(progress)}
	send := &answers{out: out}
	return eachLine(in, func(q question) error {
		a, err := c.answer(q)
		if err != nil {
			return err
		}
		return send.send(a)
	}, func(q question, err error) error {
		about := describe(err)
		return send.send(answer{ID: q.ID, Error: &about})
	})
}

// checker keeps compiled circuits.
type checker struct {
	dir     string
	systems map[string]*keys.System
	tell    *keys.Progress
}

func (c *checker) answer(q question) (answer, error) {
	lies, err := numbers(q.Lies)
	if err != nil {
		return answer{}, err
	}
	w, err := q.witness()
	if err != nil {
		return answer{}, err
	}
	a := answer{ID: q.ID}
	if q.Solve {
		if len(q.Lies)+len(q.Off) > 0 {
			return answer{}, &usageError{"a compiled circuit has all its rules, and hints that do not lie"}
		}
		if err := c.solve(w, &a); err != nil {
			return answer{}, err
		}
	}
	found, err := w.Observe(q.Off, lies)
	if err != nil {
		return answer{}, err
	}
	a.Findings = &found
	return a, nil
}

func (c *checker) solve(w *trace.Witness, a *answer) error {
	system, err := c.system(w.Class)
	if err != nil {
		return err
	}
	err = proof.Solve(system.R1CS, w)
	var refused *proof.UnsatisfiedError
	if err != nil && !errors.As(err, &refused) {
		return err
	}
	solved := err == nil
	a.Solved = &solved
	if !solved {
		a.Refused = refused.Constraint
	}
	return nil
}

func (c *checker) system(class layout.Class) (*keys.System, error) {
	if system := c.systems[class.Name]; system != nil {
		return system, nil
	}
	system, err := keys.LoadOrCompile(c.dir, class.Name, circuit(class), c.tell)
	if err != nil {
		return nil, err
	}
	c.tell.Finish()
	c.systems[class.Name] = system
	return system, nil
}

func numbers(lies map[string][]string) (map[string][]*big.Int, error) {
	out := map[string][]*big.Int{}
	for label, texts := range lies {
		for _, text := range texts {
			x, err := trace.Number(text)
			if err != nil {
				return nil, err
			}
			out[label] = append(out[label], x)
		}
	}
	return out, nil
}
