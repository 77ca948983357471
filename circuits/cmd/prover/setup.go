package main

import (
	"encoding/json"
	"io"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/batch"
	"novate/circuits/keys"
	"novate/circuits/layout"
)

// circuit is a fresh batch circuit of a class.
func circuit(class layout.Class) func() frontend.Circuit {
	return func() frontend.Circuit { return batch.New(class) }
}

// setup makes development keys of a class, unless the folder has them.
func setup(arguments []string, _ io.Reader, out, progress io.Writer) error {
	o := newOptions("setup").withClass().withDir()
	again := o.Bool("again", false, "make new keys even if there are some")
	class, err := o.parse(arguments)
	if err != nil {
		return err
	}
	if err := o.needs("dir"); err != nil {
		return err
	}
	tell := keys.NewProgress(progress)
	system, err := keys.LoadOrCompile(o.dir, class.Name, circuit(class), tell)
	if err != nil {
		return err
	}
	pair, err := keys.Load(o.dir, class.Name, system.Digest)
	if err == nil && !*again {
		tell.Finish()
		return json.NewEncoder(out).Encode(pair.Record)
	}
	if err := keys.Replaceable(o.dir, class.Name, system.Digest); err != nil {
		return err
	}
	pk, vk, err := keys.Setup(system.R1CS, tell)
	if err != nil {
		return err
	}
	tell.Start("write", 0)
	record, err := keys.Save(o.dir, class.Name, class.Number, system.Digest, system.GetNbConstraints(), pk, vk)
	if err != nil {
		return err
	}
	tell.Finish()
	return json.NewEncoder(out).Encode(record)
}
