package trace

import (
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/frontend"
)

// Vector is the values of all inputs in gnark's order.
func (w *Witness) Vector() (witness.Witness, error) { return frontend.NewWitness(w.Circuit, field) }
