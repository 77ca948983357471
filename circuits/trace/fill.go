package trace

import (
	"encoding/json"
	"math/big"
	"reflect"
	"strconv"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

var field = fr.Modulus()

// number reads a field element: a JSON integer, or in overrides a string of decimal or 0x digits. Negative ones are
// taken modulo the field.
func number(data any, at path) (*big.Int, error) {
	var text string
	switch v := data.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	case bool:
		return big.NewInt(int64(map[bool]int{true: 1}[v])), nil
	default:
		return nil, fault(NotANumber, at, "%T is no number", data)
	}
	if small, err := strconv.ParseInt(text, 10, 64); err == nil && small >= 0 {
		return big.NewInt(small), nil
	}
	x, ok := new(big.Int).SetString(text, 0)
	if !ok {
		return nil, fault(NotANumber, at, "%.90q is no integer", text)
	}
	if x.CmpAbs(field) >= 0 {
		return nil, fault(OutOfField, at, "%v is outside the field", x)
	}
	if x.Sign() < 0 {
		x.Add(x, field)
	}
	return x, nil
}

// Number reads a field element out of text.
func Number(text string) (*big.Int, error) { return number(text, path{name: "number"}) }

// fill sets target from JSON; what JSON does not mention keeps the value of a dead slot.
func fill(target reflect.Value, p *plan, data any, at path) error {
	switch p.kind {
	case value:
		x, err := number(data, at)
		if err != nil {
			return err
		}
		target.Set(reflect.ValueOf(x))
		return nil
	case group:
		return fillGroup(target, p, data, at)
	case list:
		return fillList(target, p, data, at)
	case stored:
		return fillStored(target, p, data, at)
	default:
		return fillRow(target, p, data, at)
	}
}

func fillGroup(target reflect.Value, p *plan, data any, at path) error {
	object, ok := data.(map[string]any)
	if !ok {
		return fault(WrongShape, at, "an object belongs here")
	}
	for name, part := range object {
		i, known := p.byName[name]
		if !known {
			return fault(UnknownColumn, at.field(name), "the layout has no such column")
		}
		c := p.columns[i]
		if err := fill(target.Field(c.index), c.plan, part, at.field(name)); err != nil {
			return err
		}
	}
	return nil
}

func fillList(target reflect.Value, p *plan, data any, at path) error {
	parts, err := numberedList(data, p.length, at)
	if err != nil {
		return err
	}
	for i, part := range parts {
		if err := fill(target.Index(i), p.item, part, at.at(i)); err != nil {
			return err
		}
	}
	return nil
}

func fillStored(target reflect.Value, p *plan, data any, at path) error {
	parts, err := numberedList(data, len(p.columns), at)
	if err != nil {
		return err
	}
	for i, c := range p.columns {
		if err := fill(target.Field(c.index), c.plan, parts[i], at.field(c.name)); err != nil {
			return err
		}
	}
	return nil
}

// fillRow fills the flat list of an access or of a row.
func fillRow(target reflect.Value, p *plan, data any, at path) error {
	parts, err := numberedList(data, p.width, at)
	if err != nil {
		return err
	}
	if p.kind == access {
		if err := fill(target.Field(0), p.columns[0].plan, parts[0], at.field("previous")); err != nil {
			return err
		}
		return fillRow(target.Field(1), p.columns[1].plan, parts[1:], at)
	}
	for i, c := range p.columns {
		if err := fill(target.Field(c.index), c.plan, parts[i], at.field(c.name)); err != nil {
			return err
		}
	}
	return nil
}

func numberedList(data any, length int, at path) ([]any, error) {
	parts, ok := data.([]any)
	if !ok {
		return nil, fault(WrongShape, at, "a list belongs here")
	}
	if len(parts) != length {
		return nil, fault(WrongLength, at, "%d values, not %d", len(parts), length)
	}
	return parts, nil
}

// bury sets every column of target to the value of a dead slot.
func bury(target reflect.Value, p *plan, dead *big.Int) {
	switch p.kind {
	case value:
		x := new(big.Int)
		if dead != nil {
			x.Set(dead)
		}
		target.Set(reflect.ValueOf(x))
	case list:
		for i := range p.length {
			bury(target.Index(i), p.item, dead)
		}
	default:
		for _, c := range p.columns {
			bury(target.Field(c.index), c.plan, c.dead)
		}
	}
}
