package trace

import (
	"math/big"
	"reflect"
	"strings"

	"github.com/consensys/gnark/frontend"
)

// kind is how a Go type of the layout is written in a trace.
type kind int

const (
	value  kind = iota // a number
	group              // an object, column by column
	list               // a list of equal things, of fixed length
	row                // a list of numbers, the columns of a memory row
	access             // [previous, *row]
	stored             // [closing, [before], [after]]
)

// plan is what reflection has to know of a type, worked out once.
type plan struct {
	kind    kind
	columns []column
	byName  map[string]int
	item    *plan // of a list
	length  int   // of a list
	width   int   // numbers in a row or an access
}

// column is a field of a struct.
type column struct {
	name  string
	index int
	dead  *big.Int // nil: zero
	plan  *plan
}

var variable = reflect.TypeFor[frontend.Variable]()

// newPlan reads the layout's struct tags `trace:"name,dead=N"`.
func newPlan(t reflect.Type) *plan {
	switch {
	case t == variable:
		return &plan{kind: value}
	case t.Kind() == reflect.Array:
		return &plan{kind: list, item: newPlan(t.Elem()), length: t.Len()}
	}
	p := &plan{kind: structKind(t), byName: map[string]int{}}
	for i := range t.NumField() {
		p.add(t.Field(i), i)
	}
	p.width = len(p.columns)
	if p.kind == access {
		p.width = 1 + p.columns[1].plan.width
	}
	return p
}

func (p *plan) add(field reflect.StructField, index int) {
	name, options, _ := strings.Cut(field.Tag.Get("trace"), ",")
	if name == "" {
		name = strings.ToLower(field.Name)
	}
	c := column{name: name, index: index, plan: newPlan(field.Type)}
	if text, found := strings.CutPrefix(options, "dead="); found {
		c.dead, _ = new(big.Int).SetString(text, 10)
	}
	p.byName[name] = len(p.columns)
	p.columns = append(p.columns, c)
}

// structKind tells accesses and stored rows by their shape, which rollup/generate.py gives them, and rows by their
// names.
func structKind(t reflect.Type) kind {
	switch {
	case t.NumField() == 2 && t.Field(0).Name == "Previous" && t.Field(1).Anonymous:
		return access
	case t.NumField() == 3 && t.Field(0).Name == "Closing":
		return stored
	case strings.HasSuffix(t.Name(), "Row"):
		return row
	}
	return group
}
