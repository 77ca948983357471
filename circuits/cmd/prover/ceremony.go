package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"novate/circuits/batch"
	"novate/circuits/ceremony"
	"novate/circuits/keys"
	"novate/circuits/layout"
)

// hold is a ceremony's command: begin, contribute, verify or finish. Finish ends the phase that takes contributions.
func hold(arguments []string, _ io.Reader, out, progress io.Writer) error {
	if len(arguments) == 0 {
		return &usageError{"ceremony begin, contribute, verify or finish"}
	}
	o := newOptions("ceremony " + arguments[0]).withDir()
	folder := o.String("folder", "", "folder of the ceremony")
	class := o.String("circuit", "", "size class, or rehearsal")
	beacon := o.String("beacon", "", "public randomness, in hexadecimal")
	expect := o.String("expect", "", "verify: digests that were published, by commas")
	if _, err := o.parse(arguments[1:]); err != nil {
		return err
	}
	if err := o.needs("folder"); err != nil {
		return err
	}
	tell := keys.NewProgress(progress)
	defer tell.Finish()
	answer := func(value any, err error) error {
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(value)
	}
	if arguments[0] == "begin" {
		return answer(begin(*folder, *class, tell))
	}
	c, err := opened(*folder, tell)
	if err != nil {
		return err
	}
	switch arguments[0] {
	case "contribute":
		return answer(c.Contribute())
	case "verify":
		return answer(verified(c, *expect))
	case "finish":
		return answer(finish(c, *beacon, o.dir, tell))
	}
	return &usageError{"ceremony begin, contribute, verify or finish"}
}

// verified checks everything, and that what was published is there.
func verified(c *ceremony.Ceremony, expect string) (*ceremony.Verified, error) {
	v, err := c.Verify()
	if err != nil {
		return nil, err
	}
	return v, v.Expect(strings.FieldsFunc(expect, func(r rune) bool { return r == ',' }))
}

// opened is a folder's ceremony, whose class must have the number that it says: the contract goes by the number.
func opened(folder string, tell *keys.Progress) (*ceremony.Ceremony, error) {
	c, err := ceremony.Open(folder, func(class string) (*keys.System, error) { return compiled(class, tell) }, tell)
	if err != nil {
		return nil, err
	}
	if number, ok := numberOf(c.Class); !ok || number != c.ClassNumber {
		message := fmt.Sprintf("there is no class %q with number %d", c.Class, c.ClassNumber)
		return nil, &keys.Error{Code: ceremony.Mismatch, At: folder, Message: message}
	}
	return c, nil
}

// numberOf is the number of a class, 0 for a rehearsal.
func numberOf(class string) (int, bool) {
	if class == ceremony.Rehearsal {
		return 0, true
	}
	size, ok := layout.ByName(class)
	return size.Number, ok
}

func begin(folder, class string, tell *keys.Progress) (ceremony.About, error) {
	number, ok := numberOf(class)
	if !ok {
		return ceremony.About{}, &usageError{"no size class " + class}
	}
	c, err := ceremony.Begin(folder, class, number, func() (*keys.System, error) { return compiled(class, tell) }, tell)
	if err != nil {
		return ceremony.About{}, err
	}
	return c.About, nil
}

// compiled compiles a class's circuit from this program, or a rehearsal's.
func compiled(class string, tell *keys.Progress) (*keys.System, error) {
	if class == ceremony.Rehearsal {
		return ceremony.CompileRehearsal()
	}
	size, ok := layout.ByName(class)
	if !ok {
		return nil, &usageError{"no size class " + class}
	}
	return keys.LoadOrCompile("", class, circuit(size), tell)
}

// finished is the end of a phase.
type finished struct {
	Phase      int                  `json:"phase"`
	Start      *ceremony.Step       `json:"start,omitempty"`      // of phase 2
	Transcript *ceremony.Transcript `json:"transcript,omitempty"` // of both
	Record     *keys.Record         `json:"record,omitempty"`
	Trial      *ceremony.Trial      `json:"trial,omitempty"` // of a rehearsal
}

func finish(c *ceremony.Ceremony, beacon, dir string, tell *keys.Progress) (*finished, error) {
	if c.Phase() == 1 {
		step, err := c.Finish1(beacon)
		return &finished{Phase: 1, Start: &step}, err
	}
	if dir == "" {
		return nil, &usageError{"--dir is needed: the folder of the keys"}
	}
	made, err := c.Finish2(beacon)
	if err != nil {
		return nil, err
	}
	tell.Start("write", 0)
	done := &finished{Phase: 2, Transcript: &made.Transcript}
	record, err := keys.SaveCeremony(dir, c.Class, c.ClassNumber, c.System, c.Constraints, made.Transcript.Digest, made.Proving, made.Verifying)
	if err != nil {
		return nil, err
	}
	done.Record = &record
	if err := keys.WriteJSON(keys.Path(dir, c.Class, c.System, "transcript"), made.Transcript); err != nil {
		return nil, err
	}
	if c.Class == ceremony.Rehearsal {
		done.Trial, err = ceremony.Try(made.Proving, made.Verifying)
	}
	return done, err
}

// digest compiles a class's circuit and names it: what a key of it must name.
func digest(arguments []string, _ io.Reader, out, progress io.Writer) error {
	o := newOptions("digest").withClass()
	class, err := o.parse(arguments)
	if err != nil {
		return err
	}
	system, err := keys.Compile(batch.New(class))
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(map[string]any{
		"class": class.Name, "system": keys.Digest(system), "constraints": system.GetNbConstraints(),
	})
}
