package node

import (
	"testing"

	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/chiptest"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// witness is nodes of levels 7 and 8 and the leaves below: a tree of two levels whose root is at level 9.
type witness struct {
	Lower  []layout.NodeSlot
	Upper  []layout.NodeSlot
	Roots  [2]frontend.Variable
	Leaves []leaf
}

type leaf struct{ Level8, Index, Before, After, Live frontend.Variable }

func define(k *kernel.Kernel, w *witness) {
	for _, s := range w.Lower {
		Constrain(k, 7, s)
	}
	for _, s := range w.Upper {
		Constrain(k, 8, s)
	}
	Root(k, w.Roots[0], w.Roots[1])
	k.Chip("test")
	k.Range("test: range", 1, 1)
	for _, l := range w.Leaves {
		live, above := k.Boolean("test: live", l.Live), k.Boolean("test: above", l.Level8)
		above, below := k.Split(live, above)
		k.Put(layout.NodeTag+7, l.Index, kernel.NewRow(l.Before, l.After), below)
		k.Put(layout.NodeTag+8, l.Index, kernel.NewRow(l.Before, l.After), above)
	}
}

func opened(index int, before [8]int, changes map[int]int) layout.NodeSlot {
	s := layout.NodeSlot{Index: index}
	for i, v := range before {
		s.Before[i], s.After[i], s.Flags[i] = v, v, 0
		if to, ok := changes[i]; ok {
			s.After[i], s.Flags[i] = to, 1
		}
	}
	return s
}

func hashes(s layout.NodeSlot) (before, after frontend.Variable) {
	return chiptest.Hash(8, s.Before[:]...), chiptest.Hash(8, s.After[:]...)
}

// over is the root above one node, beside its other children.
func over(lower layout.NodeSlot) layout.NodeSlot {
	s := opened(0, [8]int{0, 0, 11, 12, 0, 0, 0, 13}, nil)
	s.Before[5], s.After[5] = hashes(lower)
	s.Flags[5] = 1
	return s
}

// honest opens leaves 40 and 46, the latter without a change, below node 5.
func honest() witness {
	lower := opened(5, [8]int{100, 101, 102, 0, 0, 105, 106, 0}, map[int]int{0: 200, 6: 106})
	return assemble(lower, over(lower))
}

func assemble(lower, upper layout.NodeSlot) witness {
	w := witness{Lower: []layout.NodeSlot{lower, opened(0, [8]int{}, nil)}, Upper: []layout.NodeSlot{upper}}
	w.Roots[0], w.Roots[1] = hashes(upper)
	w.Leaves = []leaf{{0, 40, 100, 200, 1}, {0, 46, 106, 106, 1}, {0, 0, 0, 0, 0}}
	return w
}

func TestForgeries(t *testing.T) {
	chiptest.Twins(t, define, honest, []chiptest.Forgery[witness]{
		{Name: "a sibling that changes unopened", Rule: "node: an unopened child stays", Forge: func(w *witness) {
			lower := w.Lower[0]
			lower.After[2] = 999
			*w = assemble(lower, over(lower))
		}},
		{Name: "a node that takes a child twice", Rule: "node: flag is a bit", Forge: func(w *witness) {
			w.Lower[0].Flags[6] = 2
			w.Leaves[2] = w.Leaves[1]
		}},
		{Name: "an idle node that puts", Rule: "bus: node 8", Forge: func(w *witness) {
			upper := w.Upper[0]
			upper.Before[3], upper.After[3] = hashes(w.Lower[1])
			upper.Flags[3] = 1
			*w = assemble(w.Lower[0], upper)
			w.Lower[1].Index = 3
		}},
		{Name: "a leaf at another level", Rule: "bus: node 8", Forge: func(w *witness) {
			upper := w.Upper[0]
			upper.Before[3], upper.After[3], upper.Flags[3] = 12, 5, 1
			*w = assemble(w.Lower[0], upper)
		}},
		{Name: "a leaf under another parent", Rule: "bus: node 7", Forge: func(w *witness) {
			w.Leaves[0].Index = 41
		}},
		{Name: "a leaf that is put by nobody", Rule: "bus: node 7", Forge: func(w *witness) {
			w.Leaves[0].Live = 0
		}},
		{Name: "a node opened twice", Rule: "bus: node 8", Forge: func(w *witness) {
			w.Lower[1] = w.Lower[0]
			w.Leaves = append(append([]leaf{}, w.Leaves[:2]...), w.Leaves[0])
			w.Lower[1].Flags[6] = 0
		}},
		{Name: "a root that is another", Rule: "bus: node 9", Forge: func(w *witness) {
			w.Roots[1] = w.Roots[0]
		}},
		{Name: "a root off its place", Rule: "bus: node 9", Forge: func(w *witness) {
			lower := w.Lower[0]
			lower.Index = 13
			*w = assemble(lower, w.Upper[0])
			w.Upper[0].Index = 1
			w.Leaves[0].Index, w.Leaves[1].Index = 13*8, 13*8+6
		}},
	})
}

// Two levels up a leaf can enter where its kind says so, and only there.
func TestALeafMayEnterHigher(t *testing.T) {
	w, watch := honest(), kernel.NewObserver()
	upper := w.Upper[0]
	upper.Before[3], upper.After[3], upper.Flags[3] = 12, 5, 1
	w = assemble(w.Lower[0], upper)
	w.Leaves[2] = leaf{1, 3, 12, 5, 1}
	if names := chiptest.Observe(t, define, w, watch); len(names) > 0 {
		t.Fatalf("breaks %v %v", names, watch.Unbalanced)
	}
}

func TestSlope(t *testing.T) {
	slope := chiptest.Slope(t, define, func(n int) witness { return witness{Lower: make([]layout.NodeSlot, n)} })
	if want := 762; slope != want {
		t.Errorf("a node costs %d constraints, pinned %d", slope, want)
	}
}
