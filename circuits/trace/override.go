package trace

import (
	"reflect"
	"sort"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/batch"
)

// Overrides are values to write over a trace, by path: `orders[3].live`, `headers[0].positions[2].after.size`,
// `orders[1].lane_row.previous`, `nodes[2][0].flags[4]`. A path may also name a whole row, list or access, which takes
// what a trace would have there, and a row beyond the last one of the trace: a dead slot until written to.
//
// `used[i]`, `sponge`, `challenge` and `fold` replace what is worked out from the rest. `agreed[i]` changes a public word
// in the contract's copy only, `words[i]` in both.
type Overrides map[string]any

// set is an override that was read.
type set struct {
	steps []step
	data  any
	at    path
}

// derived holds the overrides of what is worked out.
type derived []set

// apply writes what is part of the trace, in the order of the paths, so that a row comes before its columns.
func (o Overrides) apply(root reflect.Value, agreed []frontend.Variable) (derived, error) {
	paths := make([]string, 0, len(o))
	for text := range o {
		paths = append(paths, text)
	}
	sort.Strings(paths)
	circuit := root.Addr().Interface().(*batch.Circuit)
	var late derived
	for _, text := range paths {
		steps, ok := parsePath(text)
		s := set{steps, o[text], path{name: text}}
		if !ok {
			return nil, fault(UnknownPath, s.at, "not a path")
		}
		var err error
		switch steps[0].name {
		case "used", "sponge", "challenge", "fold":
			late = append(late, s)
		case "agreed":
			err = s.element(agreed)
		case "words":
			if err = s.element(circuit.Words); err == nil {
				err = s.element(agreed)
			}
		default:
			err = s.write(root)
		}
		if err != nil {
			return nil, err
		}
	}
	return late, nil
}

// applyDerived writes over ticks and public inputs.
func (d derived) applyDerived(root reflect.Value) error {
	circuit := root.Addr().Interface().(*batch.Circuit)
	inputs := map[string]*frontend.Variable{
		"sponge": &circuit.Sponge, "challenge": &circuit.Challenge, "fold": &circuit.Fold,
	}
	for _, s := range d {
		input, ok := inputs[s.steps[0].name]
		if !ok {
			if err := s.element(circuit.Used); err != nil {
				return err
			}
			continue
		}
		x, err := number(s.data, s.at)
		if err != nil {
			return err
		}
		*input = x
	}
	return nil
}

// element writes `name[i]`.
func (s set) element(list []frontend.Variable) error {
	if len(s.steps) != 2 || s.steps[1].name != "" || s.steps[1].index >= len(list) {
		return fault(UnknownPath, s.at, "one index below %d belongs here", len(list))
	}
	x, err := number(s.data, s.at)
	if err != nil {
		return err
	}
	list[s.steps[1].index] = x
	return nil
}

// write finds the target in chips, nodes or advance, and fills it as a trace would.
func (s set) write(root reflect.Value) error {
	circuit := root.Addr().Interface().(*batch.Circuit)
	name, steps := s.steps[0].name, s.steps[1:]
	var target reflect.Value
	var p *plan
	switch name {
	case "advance":
		target, p = reflect.ValueOf(&circuit.Advance).Elem(), advancePlan
	case "nodes":
		if len(steps) < 2 || steps[0].name != "" || steps[0].index >= len(circuit.Nodes) {
			return fault(UnknownPath, s.at, "a level and a row belong here")
		}
		target, p, steps = reflect.ValueOf(circuit.Nodes[steps[0].index]), nodePlan, steps[1:]
	default:
		c, ok := chips[name]
		if !ok {
			return fault(UnknownPath, s.at, "the layout has no chip %s", name)
		}
		target, p = root.FieldByIndex(c.at), c.plan
	}
	if target.Kind() == reflect.Slice {
		if len(steps) == 0 || steps[0].name != "" || steps[0].index >= target.Len() {
			return fault(UnknownPath, s.at, "a row below %d belongs here", target.Len())
		}
		target, steps = target.Index(steps[0].index), steps[1:]
	}
	for _, part := range steps {
		var ok bool
		if target, p, ok = part.into(target, p); !ok {
			return fault(UnknownPath, s.at, "nothing lies at this path")
		}
	}
	bury(target, p, nil)
	return fill(target, p, s.data, s.at)
}

// into goes one step down. The columns of an access's row count as the access's own.
func (s step) into(target reflect.Value, p *plan) (reflect.Value, *plan, bool) {
	if s.name == "" {
		if p.kind != list || s.index >= p.length {
			return target, p, false
		}
		return target.Index(s.index), p.item, true
	}
	if i, ok := p.byName[s.name]; ok {
		return target.Field(p.columns[i].index), p.columns[i].plan, true
	}
	if p.kind == access {
		return s.into(target.Field(1), p.columns[1].plan)
	}
	return target, p, false
}
