package kernel

import (
	"math/big"

	"github.com/consensys/gnark/frontend"
)

// standIn takes the challenge's place where nothing is committed.
var standIn = new(big.Int).Add(Power(200), big.NewInt(271828))

// OnChallenge runs f once the challenge is known, like AfterChallenge. An observer draws none and gets a fixed one: its
// witnesses are not made for it.
func (k *Kernel) OnChallenge(f func(challenge Variable) error) {
	if k.watch == nil {
		k.AfterChallenge(f)
		return
	}
	k.API.Compiler().Defer(func(frontend.API) error { return f(standIn) })
}
