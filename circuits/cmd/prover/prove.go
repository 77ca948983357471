package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"novate/circuits/keys"
	"novate/circuits/layout"
	"novate/circuits/proof"
	"novate/circuits/trace"
)

// load reads circuit and keys of a class.
func load(dir string, class layout.Class, tell *keys.Progress) (*proof.Prover, error) {
	system, err := keys.LoadOrCompile(dir, class.Name, circuit(class), tell)
	if err != nil {
		return nil, err
	}
	tell.Start("load keys", 0)
	pair, err := keys.Load(dir, class.Name, system.Digest)
	if err != nil {
		return nil, err
	}
	tell.Finish()
	return &proof.Prover{System: system, Keys: pair}, nil
}

// prove proves one trace.
func prove(arguments []string, _ io.Reader, out, progress io.Writer) error {
	o := newOptions("prove").withDir()
	path := o.String("trace", "", "file of the trace")
	if _, err := o.parse(arguments); err != nil {
		return err
	}
	if err := errors.Join(o.needs("dir"), o.needs("trace")); err != nil {
		return err
	}
	begun := time.Now()
	witness, err := source{Trace: *path}.witness()
	if err != nil {
		return err
	}
	loaded := time.Since(begun).Seconds()
	prover, err := load(o.dir, witness.Class, keys.NewProgress(progress))
	if err != nil {
		return err
	}
	made, err := proveOrExplain(prover, witness, nil)
	if err != nil {
		return err
	}
	made.Seconds["load"] = loaded
	return json.NewEncoder(out).Encode(made)
}

// proveOrExplain proves; where the constraint system refuses, an observer names the rules that are broken.
func proveOrExplain(prover *proof.Prover, w *trace.Witness, steps proof.Steps) (*proof.Proof, error) {
	made, err := prover.Prove(w, steps)
	var unsolved *proof.UnsatisfiedError
	if !errors.As(err, &unsolved) {
		return made, err
	}
	if steps != nil {
		steps("explain")
	}
	found, unseen := w.Observe(nil, nil)
	if unseen != nil {
		return nil, fmt.Errorf("%w; %w", unsolved, unseen)
	}
	if found.Holds() {
		return nil, fmt.Errorf("no rule is broken, but the solver stops: %s", unsolved.Constraint)
	}
	return nil, &unprovenError{unsolved.Constraint, found}
}

// verify checks a proof.
func verify(arguments []string, in io.Reader, out, _ io.Writer) error {
	o := newOptions("verify").withDir()
	path := o.String("proof", "-", "file of the proof; - is standard input")
	if _, err := o.parse(arguments); err != nil {
		return err
	}
	if err := o.needs("dir"); err != nil {
		return err
	}
	if *path != "-" {
		file, err := os.Open(*path)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	var p proof.Proof
	if err := json.NewDecoder(in).Decode(&p); err != nil {
		return &refusedError{err}
	}
	vk, record, err := keys.LoadVerifying(o.dir, p.Class, p.System)
	if err != nil {
		return err
	}
	if err := proof.Verify(&p, vk, record); err != nil {
		return &refusedError{err}
	}
	return json.NewEncoder(out).Encode(map[string]any{"holds": true, "key": record.Digest, "development": record.Development})
}
