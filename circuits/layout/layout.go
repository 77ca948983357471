// Package layout holds what rollup/layout.py declares: widths, records, words, chip columns and size classes.
package layout

// Bits is a named part of a packed value.
type Bits struct {
	Name  string
	Width int
}

// Class is a size class: the capacities of one batch circuit.
type Class struct {
	Name             string
	Number           int // public word 0
	Step             int // most constraints
	Sweep            int // longest sweep that fits an empty batch
	Ticks            int
	WordCount        int // padded public words
	WithdrawalOffset int // position of the first withdrawal
	Slots            Slots
	Nodes            [Levels]int
}

// ByName finds a class.
func ByName(name string) (Class, bool) {
	for _, c := range Classes {
		if c.Name == name {
			return c, true
		}
	}
	return Class{}, false
}

// Offset is the position of a field in a packing, in bits.
func Offset(fields []Bits, name string) int {
	at := 0
	for _, f := range fields {
		if f.Name == name {
			return at
		}
		at += f.Width
	}
	panic("layout: no field " + name)
}
