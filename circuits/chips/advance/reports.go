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
		k.NonZero("reports: a key is not zero", r.X, priced)
		if i > 0 {
			// Numbers out of the table are below 7: a step of one limb cannot wrap.
			step := k.API.Sub(r.Reporter, reports[i-1].Reporter, priced.Value())
			k.Range("reports: distinct", step, 1)
		}
		for _, price := range r.Prices {
			k.Range("reports: price", price, 3)
		}
	}
}
