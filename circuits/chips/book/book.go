// Package book loads and stores a page of a book: fifteen records of one market and side.
//
// Rules and their arguments are those of chips/page. The page's number and its rows' addresses are one variable each:
// page p of book b is leaf 2^17 + 1024 b + p of the near subtree, and row i is ORDER(b, 32 p + i). Both are one-to-one
// because b is below 16 and p below 1024, each checked exactly: were b wider, a page could lie under another book's
// leaf; were p wider, its rows could carry the neighbour's addresses.
//
// A lying prover may choose the salt that is stored (it hides the page and means nothing), and everything in a dead
// slot. Records as stored come out of memory.
package book

import (
	"novate/circuits/chips/page"
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

const (
	bookBits = 4  // two books a market
	pageBits = 10 // layout.BookPages a book
	slotBits = 5  // a page takes 32 slot numbers, of which it uses 15
)

// Constrain loads and stores the page where the slot is live.
func Constrain(k *kernel.Kernel, s layout.BookSlot) {
	k.Chip("book")
	live := k.Boolean("page: live is a bit", s.Live)
	k.Bits("page: book fits", s.Book, bookBits)
	k.Bits("page: number fits", s.Page, pageBits)
	before := make([]kernel.Variable, 0, layout.PageCells)
	after := make([]kernel.Variable, 0, layout.PageCells)
	for i, r := range s.Rows {
		page.Exact(k, "order", layout.OrderCell, r.Before.Columns()...)
		slot := k.API.Add(k.Shift(s.Page, slotBits), i)
		address := k.OrderAddress(s.Book, slot)
		page.Row(k, layout.TagOrder, address, r.Closing, kernel.Order(r.Before), kernel.Order(r.After), live)
		before = append(before, k.Pack(layout.OrderCell, r.Before.Columns()...))
		after = append(after, k.Pack(layout.OrderCell, r.After.Columns()...))
	}
	index := k.API.Add(layout.BookIndex, k.Shift(s.Book, pageBits), s.Page)
	page.Leaf(k, layout.NearLevel, index, append(before, s.SaltBefore), append(after, s.SaltAfter), live)
}
