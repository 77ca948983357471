package main

import (
	"encoding/json"
	"io"
	"os"
	"runtime/debug"
	"time"

	"novate/circuits/keys"
	"novate/circuits/trace"
)

// memoryGoal is where the garbage collector starts to work harder: a batch of the largest class proves within it.
const memoryGoal = 9 << 29

// job is a line of standard input.
type job struct {
	Job json.RawMessage `json:"job"`
	source
}

// event is a line of standard output: ready, step, proof or error.
type event struct {
	Event       string             `json:"event"`
	Job         json.RawMessage    `json:"job,omitempty"`
	Step        string             `json:"step,omitempty"`
	Seconds     float64            `json:"seconds,omitempty"` // since the job began
	Proof       any                `json:"proof,omitempty"`
	Error       *description       `json:"error,omitempty"`
	Record      *keys.Record       `json:"record,omitempty"`
	Preparation map[string]float64 `json:"preparation,omitempty"` // seconds
	Process     int                `json:"process,omitempty"`
}

// serve loads circuit and keys once, then proves one job after another. A trace that does not prove is an answer; when
// standard input closes, at any moment, the process ends.
func serve(arguments []string, in io.Reader, out, progress io.Writer) error {
	o := newOptions("serve").withClass().withDir()
	class, err := o.parse(arguments)
	if err != nil {
		return err
	}
	if err := o.needs("dir"); err != nil {
		return err
	}
	debug.SetMemoryLimit(memoryGoal)
	tell := keys.NewProgress(progress)
	prover, err := load(o.dir, class, tell)
	if err != nil {
		return err
	}
	answer := &answers{out: out}
	record := prover.Keys.Record
	if err := answer.send(event{Event: "ready", Record: &record, Preparation: tell.Seconds(), Process: os.Getpid()}); err != nil {
		return err
	}
	debug.FreeOSMemory()
	return eachLine(endingWith(in), func(j job) error {
		defer debug.FreeOSMemory()
		begun := time.Now()
		steps := func(step string) {
			answer.send(event{Event: "step", Job: j.Job, Step: step, Seconds: time.Since(begun).Seconds()})
		}
		steps("load")
		witness, err := j.witness()
		if err != nil {
			return err
		}
		if witness.Class.Name != class.Name {
			return &trace.Error{Code: trace.UnknownClass, At: "class", Message: "this prover has the keys of class " + class.Name}
		}
		loaded := time.Since(begun).Seconds()
		made, err := proveOrExplain(prover, witness, steps)
		if err != nil {
			return err
		}
		made.Seconds["load"] = loaded
		return answer.send(event{Event: "proof", Job: j.Job, Proof: made, Seconds: time.Since(begun).Seconds()})
	}, func(j job, err error) error {
		about := describe(err)
		return answer.send(event{Event: "error", Job: j.Job, Error: &about})
	})
}

// endingWith reads ahead of the jobs, so that the end of the input is seen while one is proven: whoever asked is gone,
// and the process follows.
func endingWith(in io.Reader) io.Reader {
	reader, writer := io.Pipe()
	blocks := make(chan []byte, 1024)
	go func() {
		for block := range blocks {
			writer.Write(block)
		}
	}()
	go func() {
		for {
			block := make([]byte, 1<<16)
			n, err := in.Read(block)
			if n > 0 {
				blocks <- block[:n]
			}
			if err != nil {
				os.Exit(0)
			}
		}
	}()
	return reader
}
