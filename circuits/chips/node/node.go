// Package node opens an inner node of the state tree: old and new children in one place, both hashes of them.
//
// Sound because: the root's tuple NODE_9(0; R0, R1) is taken once. Every other node tuple is an own tuple: a node puts
// its own one once if it takes any child, and takes a child once where its flag says so. So, from the root down, a
// node can exist only as the flagged child of one that exists, its index is 8 times its parent's plus a constant below
// 8, and its old hash is the child's old value: each place of the old tree is opened at most once and at one index.
// Tuples carry their level in the tag and a leaf's level is a constant of its kind, so neither can stand at another
// level; and a page's hash (width 16) that equals a node's (width 8) would be a collision between permutations. An
// unflagged child stays, so the new tree differs from the old one in opened pages only.
//
// A lying prover may choose index, children and flags. A node that nobody opened puts a tuple that nobody takes; a node
// that takes no child puts none. Too few node slots make a batch unprovable, never false.
package node

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain opens a node at a level: it takes the flagged children at that level, and puts itself one above.
func Constrain(k *kernel.Kernel, level int, s layout.NodeSlot) {
	k.Chip("node")
	var opened kernel.Variable = 0
	for i := range s.Flags {
		flag := k.Boolean("node: flag is a bit", s.Flags[i])
		k.Product("node: an unopened child stays", k.Not(flag).Value(), k.API.Sub(s.After[i], s.Before[i]), 0)
		child := k.API.Add(k.API.Mul(s.Index, layout.Arity), i)
		k.Take(layout.NodeTag+level, child, kernel.NewRow(s.Before[i], s.After[i]), flag)
		opened = k.API.Add(opened, flag.Value())
	}
	k.Commit(s.Index)
	k.Commit(s.Before[:]...)
	k.Commit(s.After[:]...)
	hashes := kernel.NewRow(k.Compress(s.Before[:]...), k.Compress(s.After[:]...))
	// A sum of eight bits is zero only if all are.
	k.PutDerived(layout.NodeTag+level+1, s.Index, hashes, k.Not(k.IsZero(opened)))
}

// Root takes the tuple of the tree's root, before and after.
func Root(k *kernel.Kernel, before, after kernel.Variable) {
	k.Chip("node")
	k.Take(layout.NodeTag+layout.Levels, 0, kernel.NewRow(before, after), kernel.One)
}
