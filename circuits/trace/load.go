package trace

import (
	"math/big"
	"reflect"
	"strings"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/batch"
	"novate/circuits/layout"
)

// Witness is a filled circuit and what it has in common with the contract.
type Witness struct {
	*batch.Circuit
	Public Public
}

// chip is a list of slots of batch.Circuit.
type chip struct {
	name string
	at   []int // field of the circuit
	plan *plan // of one slot
	tick []int // field of a slot that holds its tick, if it uses one up
	live []int
}

var (
	chips       = newChips()
	advancePlan = newPlan(reflect.TypeFor[layout.AdvanceSlot]())
	nodePlan    = newPlan(reflect.TypeFor[layout.NodeSlot]())
)

func newChips() map[string]chip {
	out := map[string]chip{}
	circuit := reflect.TypeFor[batch.Circuit]()
	for i := range circuit.NumField() {
		f := circuit.Field(i)
		if f.Type.Kind() != reflect.Slice || f.Type.Elem() == variable {
			continue
		}
		c := chip{name: snake(f.Name), at: f.Index, plan: newPlan(f.Type.Elem())}
		if tick, ok := f.Type.Elem().FieldByName("Tick"); ok {
			c.tick = tick.Index
		}
		if live, ok := f.Type.Elem().FieldByName("Live"); ok {
			c.live = live.Index
		}
		out[c.name] = c
	}
	return out
}

// snake is the layout's name of a Go field.
func snake(name string) string {
	var b strings.Builder
	for i, letter := range name {
		if i > 0 && letter >= 'A' && letter <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(letter)
	}
	return strings.ToLower(b.String())
}

// Witness fills the circuit of the trace's class. Overrides are written over the trace before ticks and public inputs
// are worked out from it, or over those.
func (d *Document) Witness(set Overrides) (*Witness, error) {
	w := &Witness{Circuit: batch.New(d.Class)}
	root := reflect.ValueOf(w.Circuit).Elem()
	w.bury(root)
	for name, data := range d.fields {
		if err := fillTop(root, name, data); err != nil {
			return nil, err
		}
	}
	agreed := append([]frontend.Variable{}, w.Words...)
	late, err := set.apply(root, agreed)
	if err != nil {
		return nil, err
	}
	w.useTicks(root)
	w.Public = newPublic(d.Class, w.Words, agreed)
	w.Sponge, w.Challenge, w.Fold = w.Public.Sponge, w.Public.Challenge, w.Public.Fold
	return w, late.applyDerived(root)
}

// bury makes every slot a dead one.
func (w *Witness) bury(root reflect.Value) {
	for _, variables := range [][]frontend.Variable{w.Words, w.Used} {
		for i := range variables {
			variables[i] = new(big.Int)
		}
	}
	for _, c := range chips {
		slots := root.FieldByIndex(c.at)
		for i := range slots.Len() {
			bury(slots.Index(i), c.plan, nil)
		}
	}
	for _, level := range w.Nodes {
		for i := range level {
			bury(reflect.ValueOf(&level[i]).Elem(), nodePlan, nil)
		}
	}
	bury(reflect.ValueOf(&w.Advance).Elem(), advancePlan, nil)
}

// fillTop fills one part of a trace.
func fillTop(root reflect.Value, name string, data any) error {
	at := path{name: name}
	circuit := root.Addr().Interface().(*batch.Circuit)
	switch name {
	case "class":
		return nil
	case "words":
		parts, err := numberedList(data, len(circuit.Words), at)
		if err != nil {
			return err
		}
		return fillRows(reflect.ValueOf(circuit.Words), &plan{kind: value}, parts, at)
	case "advance":
		return fill(reflect.ValueOf(&circuit.Advance).Elem(), advancePlan, data, at)
	case "nodes":
		levels, err := numberedList(data, layout.Levels, at)
		if err != nil {
			return err
		}
		for level, rows := range levels {
			if err := fillRows(reflect.ValueOf(circuit.Nodes[level]), nodePlan, rows, at.at(level)); err != nil {
				return err
			}
		}
		return nil
	}
	c, ok := chips[name]
	if !ok {
		return fault(UnknownColumn, at, "the layout has no such chip")
	}
	return fillRows(root.FieldByIndex(c.at), c.plan, data, at)
}

// fillRows fills slots from the front.
func fillRows(slots reflect.Value, p *plan, data any, at path) error {
	rows, ok := data.([]any)
	if !ok {
		return fault(WrongShape, at, "a list of rows belongs here")
	}
	if len(rows) > slots.Len() {
		return fault(TooManyRows, at, "%d rows, the size class holds %d", len(rows), slots.Len())
	}
	for i, row := range rows {
		if err := fill(slots.Index(i), p, row, at.at(i)); err != nil {
			return err
		}
	}
	return nil
}

// itemBurns names an item by the tick that it would have used, and leaves it unused.
const itemBurns = "item_burns"

// useTicks marks the tick of every live slot as used. A tick outside the class's stays unmarked: the circuit refuses.
func (w *Witness) useTicks(root reflect.Value) {
	for _, c := range chips {
		if c.tick == nil || c.live == nil || c.name == itemBurns {
			continue
		}
		slots := root.FieldByIndex(c.at)
		for i := range slots.Len() {
			slot := slots.Index(i)
			live := slot.FieldByIndex(c.live).Interface().(*big.Int)
			tick := slot.FieldByIndex(c.tick).Interface().(*big.Int)
			if live.Sign() != 0 && tick.IsInt64() && tick.Int64() >= 1 && tick.Int64() <= int64(len(w.Used)) {
				w.Used[tick.Int64()-1] = big.NewInt(1)
			}
		}
	}
}
