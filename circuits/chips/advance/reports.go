package advance

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// checkReports states that the reports, if the batch has any, are a quorum of distinct reporters of the system page.
// Their number is a constant of the class: a class with fewer cannot lower the quorum of a deployment.
func checkReports(k *kernel.Kernel, s layout.AdvanceSlot, reports []layout.ReportSlot, priced kernel.Bit) {
	k.Product("reports: quorum", priced.Value(), k.API.Sub(s.Quorum, len(reports)), 0)
	keys := k.NewTable(kernel.TagReporter, 1)
	for i, key := range s.Reporters {
		keys.Add(i, kernel.NewRow(key), kernel.One)
	}
	for i, r := range reports {
		keys.Ask(r.Reporter, kernel.NewRow(r.X), priced)
		if i > 0 {
			// Numbers out of the table are below 7: a step of one limb cannot wrap.
			step := k.API.Sub(r.Reporter, reports[i-1].Reporter, priced.Value())
			k.Range("reports: distinct", step, 1)
		}
		for _, price := range r.Prices {
			k.Range("reports: price fits", price, 3)
		}
	}
}

// Message is what a reporter signs: the domain, a head of reporter and round, and eight prices, seven a cell. Whoever
// proves the signature takes reporter, round and prices as Constrain checked them, which makes the packing unique.
func Message(k *kernel.Kernel, r layout.ReportSlot, round kernel.Variable) []kernel.Variable {
	head := k.Word(layout.KindReport, r.Reporter, 0, 0, k.Pack(layout.BodyReport, round))
	message := []kernel.Variable{k.Domain, head}
	for at := 0; at < layout.ReportCells*layout.PricesPerCell; at += layout.PricesPerCell {
		var cell kernel.Variable = 0
		for i := at; i < min(at+layout.PricesPerCell, len(r.Prices)); i++ {
			cell = k.API.Add(cell, k.Shift(r.Prices[i], layout.PriceBits*(i-at)))
		}
		message = append(message, cell)
	}
	return message
}
