package trace

import (
	"errors"

	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/frontend"
)

// Statement is the filled circuit as gnark wants it.
func (w *Witness) Statement() (frontend.Circuit, error) {
	circuit, ok := any(w.Circuit).(frontend.Circuit)
	if !ok {
		return nil, errors.New("the batch circuit defines nothing")
	}
	return circuit, nil
}

// Vector is the values of all inputs in gnark's order.
func (w *Witness) Vector() (witness.Witness, error) {
	circuit, err := w.Statement()
	if err != nil {
		return nil, err
	}
	return frontend.NewWitness(circuit, field)
}
