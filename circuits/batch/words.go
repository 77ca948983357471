package batch

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// Of the public words, chain id, contract and number are whatever the contract says; class and version are those of
// this circuit. Words of deposits and withdrawals are taken by their chips, the clock's by advance, the roots by the
// tree. What is not named in either place is bound to nothing and needs to be: the contract's copy holds zeros there.

// identify states which circuit this is, and sets the domain of everything signed.
func (c *Circuit) identify(k *kernel.Kernel) {
	k.Chip("statement")
	k.Equal("statement: class", c.Words[layout.WordClass], c.Class.Number)
	k.Equal("statement: version", c.Words[layout.WordVersion], layout.Version)
	k.Domain = k.Compress(layout.DomainTag,
		c.Words[layout.WordChainId], c.Words[layout.WordContract], c.Words[layout.WordVersion])
}

// agree states the marks and the counts. Live slots come first, so a count says which ones are live.
func (c *Circuit) agree(k *kernel.Kernel, marks [layout.Markets]kernel.Variable, deposits, withdrawals []kernel.Bit) {
	k.Chip("statement")
	for i := range layout.MarkWords {
		var word kernel.Variable = 0
		for j := layout.PricesPerCell * i; j < min(layout.PricesPerCell*(i+1), layout.Markets); j++ {
			word = k.API.Add(word, k.Shift(marks[j], layout.PriceBits*(j-layout.PricesPerCell*i)))
		}
		k.Equal("statement: marks", c.Words[layout.WordMarks+i], word)
	}
	const requests = 0 // none in this release
	counts := k.Pack(layout.CountsWord, prefix(k, deposits), requests, prefix(k, withdrawals))
	k.Equal("statement: counts", c.Words[layout.WordCounts], counts)
}

// prefix states that live slots come first, and counts them. There are fewer than 2^16.
func prefix(k *kernel.Kernel, live []kernel.Bit) kernel.Variable {
	var count kernel.Variable = 0
	for i, l := range live {
		count = k.API.Add(count, l.Value())
		if i > 0 {
			k.Product("statement: live slots come first", l.Value(), k.Not(live[i-1]).Value(), 0)
		}
	}
	return count
}
