// Package page is what all pages share: how their cells unpack, how they enter the tree, and how their rows enter and
// leave memory.
//
// Sound because: (1) the hash of a page is collision-resistant in its 16 cells, and a leaf's level is a constant of
// its kind, so the tree (chips/node) fixes every cell of every page at its index, before and after; (2) a cell is the
// sum of its fields at fixed places, and every field as loaded is range-checked to exactly its width (Exact), so there
// is one way to read a cell: 2^width more in one field and one less in its neighbour is out of range. The sum stays
// within 2^253 of zero, below the field's order. A signed field is added as it is and checked with half its range
// added, which shifts the sum by a constant and leaves it as unique. Fields as stored need no check: they come out of
// memory, where they were loaded or written by a chip that checked them; (3) a row's first tuple is put at time 0 and
// its last taken at a closing time of two limbs, so no address and time share a key with another row (kernel/memory.go).
//
// A lying prover may choose everything in a slot that is dead: live is a factor of all that leaves it, the leaf and both
// tuples of every row. In a live slot it may choose cells (bound by the roots), their split into fields (by Exact) and
// the closing times (by the bus: a closing tuple must be the last one that an access left).
package page

import (
	"strings"

	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Exact states that every value fits its field of a cell exactly, unsigned. kind is of the row or the page.
func Exact(k *kernel.Kernel, kind string, fields []layout.Bits, values ...kernel.Variable) {
	if len(fields) != len(values) {
		panic("page: fields and values differ in number")
	}
	for i, f := range fields {
		rule := "page: " + kind + " " + strings.ReplaceAll(f.Name, "_", " ")
		if f.Width == 1 {
			k.Boolean(rule, values[i])
		} else {
			k.Bits(rule, values[i], f.Width)
		}
	}
}

// Leaf puts the page into the tree where live is 1: hashes of 16 cells as loaded and as stored. Cells that are not
// given are zero before and after. index is below 2^27, formed from parts that are checked to their widths.
func Leaf(k *kernel.Kernel, level int, index kernel.Variable, before, after []kernel.Variable, live kernel.Bit) {
	before, after = padded(before), padded(after)
	k.Commit(index)
	k.Commit(before...)
	k.Commit(after...)
	hashes := kernel.NewRow(k.Compress(before...), k.Compress(after...))
	k.PutDerived(layout.NodeTag+level, index, hashes, live)
}

func padded(cells []kernel.Variable) []kernel.Variable {
	out := append([]kernel.Variable{}, cells...)
	for len(out) < layout.PageCells {
		out = append(out, 0)
	}
	return out
}

// Row loads a row of the page into memory and stores what memory holds in the end, where live is 1.
func Row(k *kernel.Kernel, tag int, address, closing kernel.Variable, before, after kernel.Row, live kernel.Bit) {
	k.Put(tag, k.Key(address, 0), before, live)
	k.Take(tag, k.Key(address, closing), after, live)
	k.Range("page: closing time", closing, 2)
}
