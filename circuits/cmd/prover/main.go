// Command prover makes keys and proofs of batches, and shows why a batch does not prove.
//
//	prover setup  --class XS --dir DIR     development keys; progress as JSON lines on standard error
//	prover prove  --dir DIR --trace FILE   one proof, as JSON
//	prover verify --dir DIR --proof FILE   checks a proof
//	prover serve  --class XS --dir DIR     proves jobs from standard input, one JSON line each, until it closes
//	prover check                           runs traces through the circuit's rules, one JSON line each
//	prover rules  --class XS               the rules of a class, as JSON
//	prover table                           constraints by chip, and the capacities of every class
//	prover digest --class XS               compiles a circuit and names it
//	prover ceremony begin|contribute|verify|finish --folder FOLDER     keys made by several
//
// Results go to standard output. An error is one JSON line on standard error, {"error": {"code": ...}}, and exit code 1;
// 2 for a wrong command line, 4 for a proof that does not hold.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/consensys/gnark/logger"

	"novate/circuits/layout"
)

const (
	exitFailed  = 1
	exitUsage   = 2
	exitRefused = 4
)

// command is what a word on the command line does.
type command func(arguments []string, in io.Reader, out, progress io.Writer) error

var commands = map[string]command{
	"setup": setup, "prove": prove, "verify": verify, "serve": serve, "check": check, "rules": rules, "table": table,
	"digest": digest, "ceremony": hold,
}

func main() {
	logger.Disable()
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: prover setup|prove|verify|serve|check|rules|table|digest|ceremony [flags]")
		os.Exit(exitUsage)
	}
	err := commands[os.Args[1]](os.Args[2:], os.Stdin, os.Stdout, os.Stderr)
	if err != nil {
		text, _ := json.Marshal(map[string]any{"error": describe(err)})
		fmt.Fprintln(os.Stderr, string(text))
	}
	os.Exit(exitCode(err))
}

// options are the flags that commands share.
type options struct {
	*flag.FlagSet
	class, dir string
}

func newOptions(name string) *options {
	o := &options{FlagSet: flag.NewFlagSet("prover "+name, flag.ContinueOnError)}
	o.SetOutput(io.Discard)
	return o
}

func (o *options) withClass() *options {
	o.StringVar(&o.class, "class", "XS", "size class")
	return o
}

func (o *options) withDir() *options {
	o.StringVar(&o.dir, "dir", "", "folder of keys and compiled circuits")
	return o
}

// parse reads the command line, and finds the class if the command has one.
func (o *options) parse(arguments []string) (layout.Class, error) {
	if err := o.Parse(arguments); err != nil {
		return layout.Class{}, &usageError{err.Error()}
	}
	if o.NArg() > 0 {
		return layout.Class{}, &usageError{"unexpected " + o.Arg(0)}
	}
	if o.Lookup("class") == nil {
		return layout.Class{}, nil
	}
	class, ok := layout.ByName(o.class)
	if !ok {
		return layout.Class{}, &usageError{fmt.Sprintf("no size class %q", o.class)}
	}
	return class, nil
}

// needs refuses an empty flag.
func (o *options) needs(name string) error {
	if o.Lookup(name).Value.String() == "" {
		return &usageError{"--" + name + " is needed"}
	}
	return nil
}
