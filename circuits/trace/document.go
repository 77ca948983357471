// Package trace turns what the engine recorded of a batch into the witness of its circuit.
//
// A trace is a JSON object: "class", "words" (the padded public words), "advance", a list of live rows for every chip
// of rollup/layout.py, and "nodes", a list of rows for every level. A row is an object, column by column. An access is
// [time before, columns of the row as it was], a stored row [time of the last access, [as loaded], [as stored]]. What
// is absent has the value of a dead slot. The ticks in use and the public inputs are worked out here.
package trace

import (
	"encoding/json"
	"errors"
	"io"

	"novate/circuits/layout"
)

// Document is a trace as it was read.
type Document struct {
	Class  layout.Class
	fields map[string]any
}

// Read reads a trace and finds its class.
func Read(r io.Reader) (*Document, error) {
	decoder := json.NewDecoder(r)
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return nil, fault(Unreadable, path{}, "%v", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fault(Unreadable, path{}, "something follows the object")
	}
	name, _ := fields["class"].(string)
	class, ok := layout.ByName(name)
	if !ok {
		return nil, fault(UnknownClass, path{name: "class"}, "no size class %q", name)
	}
	return &Document{Class: class, fields: fields}, nil
}
