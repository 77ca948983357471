// Package fees credits the fees of a whole batch to account 0, in one access.
//
// Sound because: every fee is in the sum once, times the live of its slot, and the chip that owes it takes the same
// wire from the payer's cash; the access comes after every operation, at the constant time 256 (ticks + 1), and is
// never dead, so no batch can leave its fees out. The header page of account 0 is open in every batch for it.
//
// A lying prover may choose nothing: time, account and amount are fixed, and the row before comes out of memory.
package fees

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Constrain credits the sum so far, in a batch of so many ticks: call it after every chip that owes a fee.
func Constrain(k *kernel.Kernel, before layout.CashAccess, ticks int) {
	k.Chip("fees")
	time := layout.Steps * (ticks + 1)
	if time >= 1<<layout.StepBits {
		panic("fees: the batch has more ticks than time has bits")
	}
	k.CashMoves("fees: within the width of cash", 0, before, k.Fees(), time, kernel.One)
}
