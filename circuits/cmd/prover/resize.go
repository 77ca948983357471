package main

import (
	"reflect"
	"strings"

	"novate/circuits/layout"
)

// ticking are the chips whose operations use up a tick.
var ticking = []string{
	"Sheets", "Orders", "Quotes", "Cancels", "CancelAlls", "Collects", "Burns", "ItemBurns", "Deposits", "Transfers",
	"Withdrawals",
}

// capacities lists the chips of a class as the layout names them, and "nodes".
func capacities(class layout.Class) map[string]int {
	out := map[string]int{}
	slots := reflect.ValueOf(class.Slots)
	for i := range slots.NumField() {
		out[snake(slots.Type().Field(i).Name)] = int(slots.Field(i).Int())
	}
	for _, n := range class.Nodes {
		out["nodes"] += n
	}
	return out
}

// smallest is a class with one slot of every chip, and one node.
func smallest() layout.Class {
	class := layout.Class{Name: "smallest", Sweep: 1}
	slots := reflect.ValueOf(&class.Slots).Elem()
	for i := range slots.NumField() {
		slots.Field(i).SetInt(1)
	}
	class.Nodes[0] = 1
	return settled(class)
}

// enlarged is a class with more slots of a chip.
func enlarged(class layout.Class, chip string, by int) layout.Class {
	if chip == "nodes" {
		class.Nodes[0] += by
		return class
	}
	slots := reflect.ValueOf(&class.Slots).Elem()
	for i := range slots.NumField() {
		if snake(slots.Type().Field(i).Name) == chip {
			slots.Field(i).SetInt(slots.Field(i).Int() + int64(by))
		}
	}
	return settled(class)
}

// settled works out what rollup/layout.py derives from the slots.
func settled(class layout.Class) layout.Class {
	slots := reflect.ValueOf(class.Slots)
	class.Ticks = 0
	for _, name := range ticking {
		class.Ticks += int(slots.FieldByName(name).Int())
	}
	class.WithdrawalOffset = layout.WordDeposits + layout.DepositWords*class.Slots.Deposits
	class.WordCount = class.WithdrawalOffset + class.Slots.Withdrawals
	return class
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
