package batch

import (
	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/advance"
	"novate/circuits/chips/book"
	"novate/circuits/chips/burn"
	"novate/circuits/chips/cancel"
	"novate/circuits/chips/cancelall"
	"novate/circuits/chips/collect"
	"novate/circuits/chips/deposit"
	"novate/circuits/chips/evict"
	"novate/circuits/chips/fees"
	"novate/circuits/chips/fill"
	"novate/circuits/chips/header"
	"novate/circuits/chips/itemburn"
	"novate/circuits/chips/margin"
	"novate/circuits/chips/marginevict"
	"novate/circuits/chips/node"
	"novate/circuits/chips/order"
	"novate/circuits/chips/quote"
	"novate/circuits/chips/sheet"
	"novate/circuits/chips/transfer"
	"novate/circuits/chips/withdraw"
	"novate/circuits/fingerprint"
	"novate/circuits/kernel"
	"novate/circuits/layout"
	"novate/circuits/signature"
)

// Define states a batch. Slots stand here by kind; in which order their operations happen, their ticks and times say.
// Advance comes first, as it sets the wires that the others read, and fees after every chip that owes one.
func (c *Circuit) Define(api frontend.API) error {
	k := kernel.New(api, c.Watch)
	c.stated = k
	fingerprint.Constrain(k, c.Words, c.Sponge, c.Challenge, c.Fold)
	c.identify(k)
	opened := advance.Constrain(k, c.Advance, c.Reports, c.Words[layout.WordClock])
	markets := margin.Markets(k)
	c.signatures(k, opened)
	c.orders(k)
	c.sweeps(k, markets)
	deposits, withdrawals := c.money(k)
	k.Chip("time")
	k.Ticks(c.Used)
	fees.Constrain(k, c.Advance.Fees, c.Class.Ticks)
	c.pages(k, markets)
	c.agree(k, opened.Marks, deposits, withdrawals)
	return nil
}

// Rules lists what the circuit states, once it is compiled or run.
func (c *Circuit) Rules() []kernel.Rule { return c.stated.Rules() }

// signatures proves who signed the words, sheets and reports of the batch.
func (c *Circuit) signatures(k *kernel.Kernel, opened advance.State) {
	verifier := signature.New(k)
	for i, s := range c.Signers {
		verifier.Signer(i, s)
	}
	for _, s := range c.Signatures {
		verifier.Signature(s)
	}
	for _, s := range c.Reports {
		verifier.Report(s, advance.Message(k, s, opened.Round), opened.Priced)
	}
	open := k.NewOpenTable()
	for _, s := range c.Sheets {
		signed := sheet.Constrain(k, s, open)
		message := append([]kernel.Variable{k.Domain}, signed.Message[:]...)
		verifier.Sheet(s.Signer, s.Key, s.RX, s.S, message, signed.Holder, signed.Live)
	}
	verifier.Close()
}

// orders places, cancels, collects and burns.
func (c *Circuit) orders(k *kernel.Kernel) {
	each(k, c.Orders, order.Constrain)
	each(k, c.Quotes, quote.Constrain)
	each(k, c.Cancels, cancel.Constrain)
	each(k, c.CancelAlls, cancelall.Constrain)
	each(k, c.Collects, collect.Constrain)
	each(k, c.Burns, burn.Constrain)
	each(k, c.ItemBurns, itemburn.Constrain)
}

// sweeps are the steps of takers along the books.
func (c *Circuit) sweeps(k *kernel.Kernel, markets [layout.Markets]margin.Market) {
	each(k, c.Fills, fill.Constrain)
	each(k, c.Evicts, evict.Constrain)
	for _, s := range c.MarginEvicts {
		marginevict.Constrain(k, s, markets)
	}
}

// money comes in, goes out and moves between an owner's accounts; it returns what is live of deposits and withdrawals.
func (c *Circuit) money(k *kernel.Kernel) (deposits, withdrawals []kernel.Bit) {
	for i, s := range c.Deposits {
		at := layout.WordDeposits + layout.DepositWords*i
		deposits = append(deposits, deposit.Constrain(k, s, c.Words[at:at+layout.DepositWords]))
	}
	each(k, c.Transfers, transfer.Constrain)
	for i, s := range c.Withdrawals {
		withdrawals = append(withdrawals, withdraw.Constrain(k, s, c.Words[c.Class.WithdrawalOffset+i]))
	}
	return deposits, withdrawals
}

// pages loads and stores what the batch touches, and opens the tree down to it.
func (c *Circuit) pages(k *kernel.Kernel, markets [layout.Markets]margin.Market) {
	for _, s := range c.Headers {
		header.Constrain(k, s, markets)
	}
	each(k, c.Books, book.Constrain)
	for level, slots := range c.Nodes {
		for _, s := range slots {
			node.Constrain(k, level, s)
		}
	}
	node.Root(k, c.Words[layout.WordRootBefore], c.Words[layout.WordRootAfter])
}

func each[S any](k *kernel.Kernel, slots []S, constrain func(*kernel.Kernel, S)) {
	for _, s := range slots {
		constrain(k, s)
	}
}
