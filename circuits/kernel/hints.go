package kernel

import "github.com/consensys/gnark/constraint/solver"

func init() { solver.RegisterHint(limbHint, signHint, countHint) }
