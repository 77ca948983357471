package main

import (
	"encoding/json"
	"io"

	"novate/circuits/batch"
	"novate/circuits/keys"
)

// rule is a line of the list of rules.
type rule struct {
	Name        string `json:"name"`
	Chip        string `json:"chip"`
	Times       int    `json:"times"`
	Constraints int    `json:"constraints"` // stated directly, in all
}

// rules lists what a class's circuit states, in the order in which it is stated first.
func rules(arguments []string, _ io.Reader, out, _ io.Writer) error {
	o := newOptions("rules").withClass()
	class, err := o.parse(arguments)
	if err != nil {
		return err
	}
	statement := batch.New(class)
	if _, err := keys.Compile(statement); err != nil {
		return err
	}
	listed := []rule{}
	for _, r := range statement.Rules() {
		listed = append(listed, rule{r.Name, r.Chip, r.Times, r.Constraints})
	}
	return json.NewEncoder(out).Encode(listed)
}
