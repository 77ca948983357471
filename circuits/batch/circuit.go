// Package batch is the statement: one circuit a size class, a slot for every operation it can hold.
package batch

import (
	"github.com/consensys/gnark/frontend"

	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Circuit is the witness of a batch. Public inputs come first: the digest of the public words, the challenge at which
// they are summed, and that sum.
type Circuit struct {
	Sponge    frontend.Variable `gnark:",public"`
	Challenge frontend.Variable `gnark:",public"`
	Fold      frontend.Variable `gnark:",public"`

	Words        []frontend.Variable // the prover's copy of the public words, padded to the class
	Used         []frontend.Variable // ticks in use
	Advance      layout.AdvanceSlot
	Signers      []layout.SignerSlot
	Signatures   []layout.SignatureSlot
	Reports      []layout.ReportSlot
	Sheets       []layout.SheetSlot
	Orders       []layout.OrderSlot
	Quotes       []layout.QuoteSlot
	Fills        []layout.FillSlot
	Evicts       []layout.EvictSlot
	MarginEvicts []layout.MarginEvictSlot
	Cancels      []layout.CancelSlot
	CancelAlls   []layout.CancelAllSlot
	Collects     []layout.CollectSlot
	Burns        []layout.BurnSlot
	ItemBurns    []layout.ItemBurnSlot
	Deposits     []layout.DepositSlot
	Transfers    []layout.TransferSlot
	Withdrawals  []layout.WithdrawalSlot
	Headers      []layout.HeaderSlot
	Books        []layout.BookSlot
	Nodes        [layout.Levels][]layout.NodeSlot

	Class layout.Class     `gnark:"-"`
	Watch *kernel.Observer `gnark:"-"` // test engine only

	stated *kernel.Kernel // once defined
}

// New is an empty circuit of a class, as the compiler wants it.
func New(class layout.Class) *Circuit {
	s := class.Slots
	c := &Circuit{
		Words:        make([]frontend.Variable, class.WordCount),
		Used:         make([]frontend.Variable, class.Ticks),
		Signers:      make([]layout.SignerSlot, s.Signers),
		Signatures:   make([]layout.SignatureSlot, s.Signatures),
		Reports:      make([]layout.ReportSlot, s.Reports),
		Sheets:       make([]layout.SheetSlot, s.Sheets),
		Orders:       make([]layout.OrderSlot, s.Orders),
		Quotes:       make([]layout.QuoteSlot, s.Quotes),
		Fills:        make([]layout.FillSlot, s.Fills),
		Evicts:       make([]layout.EvictSlot, s.Evicts),
		MarginEvicts: make([]layout.MarginEvictSlot, s.MarginEvicts),
		Cancels:      make([]layout.CancelSlot, s.Cancels),
		CancelAlls:   make([]layout.CancelAllSlot, s.CancelAlls),
		Collects:     make([]layout.CollectSlot, s.Collects),
		Burns:        make([]layout.BurnSlot, s.Burns),
		ItemBurns:    make([]layout.ItemBurnSlot, s.ItemBurns),
		Deposits:     make([]layout.DepositSlot, s.Deposits),
		Transfers:    make([]layout.TransferSlot, s.Transfers),
		Withdrawals:  make([]layout.WithdrawalSlot, s.Withdrawals),
		Headers:      make([]layout.HeaderSlot, s.Headers),
		Books:        make([]layout.BookSlot, s.Books),
		Class:        class,
	}
	for level, n := range class.Nodes {
		c.Nodes[level] = make([]layout.NodeSlot, n)
	}
	return c
}
