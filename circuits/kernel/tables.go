package kernel

// Tables are the info tables of a batch.
type Tables struct {
	Market *Table // key market: (open, sweep) (taker fee, maker fee)
	Risk   *Table // key market: (mark, initial) (reserve, 0)
	Signer *Table // key signer slot: (x of the key, account + 2^24 version)
}
