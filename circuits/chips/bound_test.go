package chips_test

import (
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
)

// Columns that no rule reads: the sentinel's are constants, the record's row is zeros before (package link). Those of a
// sheet's signature are read by its gadget.
var (
	record    = []string{"Owner", "Epoch", "Index", "Price", "Expiry", "ReduceOnly", "Remaining", "Next"}
	unread    = append(under("Sentinel", record...), under("Record", record...)...)
	authority = append(under("LaneRow", "Counter", "Previous", "Version"), "Lane", "Counter")
)

func under(name string, columns ...string) []string {
	var out []string
	for _, c := range columns {
		out = append(out, name+"."+c)
	}
	return out
}

// A column of a live slot that can be anything is either of no use or a hole. This changes each by one.
func TestColumnsOfLiveSlotsAreBound(t *testing.T) {
	for _, c := range []struct {
		name string
		of   func(...string) *engine
		slot func(d *desk) any
		free []string
	}{
		{"order", walkA, func(d *desk) any { return &d.Orders[0] }, unread},
		{"order of a sheet", sheetDay, func(d *desk) any { return &d.Orders[1] },
			append(append(authority, unread...), append(under("Successor", append(record, "Previous")...), "Client")...)},
		{"fill", walkA, func(d *desk) any { return &d.Fills[0] }, nil},
		{"evict", walkA, func(d *desk) any { return &d.Evicts[0] }, nil},
		{"evict for margin", poorMakers, func(d *desk) any { return &d.MarginEvicts[0] }, nil},
		{"sheet", sheetDay, func(d *desk) any { return &d.Sheets[0] }, []string{"Key", "RX", "S", "Signer"}},
		{"quote", sheetDay, func(d *desk) any { return &d.Quotes[1] }, without(unread, "Sentinel.Next")},
		{"cancel", housekeeping, func(d *desk) any { return &d.Cancels[0] }, []string{"Open", "SheetEpoch"}},
		{"cancel that misses", housekeeping, func(d *desk) any { return &d.Cancels[1] },
			append(under("Predecessor", append(record, "Previous")...), "Open", "PredecessorSlot", "SheetEpoch")},
		{"cancel of a sheet", sheetDay, func(d *desk) any { return &d.Cancels[0] }, authority},
		{"cancel all", housekeeping, func(d *desk) any { return &d.CancelAlls[0] }, nil},
		{"collect", housekeeping, func(d *desk) any { return &d.Collects[0] }, nil},
		{"burn", housekeeping, func(d *desk) any { return &d.Burns[0] }, nil},
		{"item burn", sheetDay, func(d *desk) any { return &d.ItemBurns[0] }, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := c.of().finish()
			loose := map[string]bool{}
			loosen(t, &d, reflect.ValueOf(c.slot(&d)).Elem(), "", loose)
			want := map[string]bool{}
			for _, name := range c.free {
				want[name] = true
			}
			for _, name := range slices.Sorted(maps.Keys(loose)) {
				if !want[name] {
					t.Errorf("%s is not bound", name)
				}
			}
			for name := range want {
				if !loose[name] {
					t.Errorf("%s is bound", name)
				}
			}
		})
	}
}

func without(names []string, one string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == one })
}

var variable = reflect.TypeFor[frontend.Variable]()

// number undoes what the test engine makes of a witness.
func number(v frontend.Variable) frontend.Variable {
	if x, ok := v.(big.Int); ok {
		return &x
	}
	return v
}

// loosen notes the columns below v whose change nothing notices.
func loosen(t *testing.T, d *desk, v reflect.Value, name string, loose map[string]bool) {
	switch {
	case v.Type() == variable:
		was := v.Interface()
		v.Set(reflect.ValueOf(chiptest.Plus(number(was), big.NewInt(1))))
		if len(chiptest.Observe(t, define, *d, kernel.NewObserver())) == 0 {
			loose[name] = true
		}
		v.Set(reflect.ValueOf(was))
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			loosen(t, d, v.Index(i), name, loose)
		}
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			at := strings.TrimPrefix(name+"."+field.Name, ".")
			if field.Anonymous {
				at = name
			}
			loosen(t, d, v.Field(i), at, loose)
		}
	}
}
