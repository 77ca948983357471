package main

import (
	"github.com/consensys/gnark/frontend"

	"novate/circuits/chips/margin"
	"novate/circuits/kernel"
	"novate/circuits/keys"
	"novate/circuits/layout"
)

// judged is an account's page, of which margin looks at cash and positions before and after.
type judged struct {
	Cash      [2]frontend.Variable
	Positions [layout.Markets][2]layout.PositionRow
	Outflow   frontend.Variable
}

// marginAlone is the part of a header page that judges margin, by itself.
type marginAlone struct {
	Marks    [layout.Markets][3]frontend.Variable
	Accounts []judged
}

// Define states the margin of every account.
func (m *marginAlone) Define(api frontend.API) error {
	k := kernel.New(api, nil)
	for j, w := range m.Marks {
		k.Markets[j] = kernel.Risk{Mark: w[0], Initial: w[1], Reserve: w[2]}
		k.Open[j] = kernel.One
	}
	markets := margin.Markets(k)
	for _, a := range m.Accounts {
		var held [2]margin.Holding
		for t := range held {
			held[t].Cash = a.Cash[t]
			for j := range a.Positions {
				held[t].Positions[j] = a.Positions[j][t]
			}
		}
		margin.Decide(k, markets, held[0], held[1], k.Boolean("margin alone: outflow", a.Outflow))
	}
	return nil
}

// measureMargin is what margin adds to a header page.
func measureMargin() (float64, error) {
	const more = 2
	var counts [2]int
	for i := range counts {
		system, err := keys.Compile(&marginAlone{Accounts: make([]judged, 1+more*i)})
		if err != nil {
			return 0, err
		}
		counts[i] = system.GetNbConstraints()
	}
	return float64(counts[1]-counts[0]) / more, nil
}
