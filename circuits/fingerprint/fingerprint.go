// Package fingerprint makes proof and contract agree on the public words through three public inputs.
//
// The circuit holds a private copy w of the words. It hashes them to the sponge p and evaluates the polynomial with
// the words as coefficients at the challenge z, to the fold F; p, z and F are public. The contract draws
// z = keccak256(p, w*) mod r from p and its own words w*, and computes F from w*.
//
// Sound because: p is fixed before z exists and, the hash being collision-resistant, fixes w; keccak fixes w* before z
// exists. If w and w* differ, their polynomials agree at z with probability below len(w)/r. A class fixes the number of
// words and the class is a word, so the chain needs no padding rule; every word has one power of z, at an offset that
// the class fixes.
//
// A lying prover may choose nothing but w. No public input enters the bus: R0, R1 and all other words are used as the
// private copies here, so the proof's commitment covers no public input.
package fingerprint

import (
	"novate/circuits/kernel"
	"novate/circuits/layout"
)

// block is how many words one compression takes, beside the chain.
const block = layout.PageCells - 1

// Constrain states that the words have this sponge, and this fold at the challenge. 38 constraints a word.
func Constrain(k *kernel.Kernel, words []kernel.Variable, sponge, challenge, fold kernel.Variable) {
	k.Chip("fingerprint")
	var chain kernel.Variable = layout.FingerprintTag
	for at := 0; at < len(words); at += block {
		cells := append([]kernel.Variable{chain}, words[at:min(at+block, len(words))]...)
		for len(cells) < layout.PageCells {
			cells = append(cells, 0)
		}
		chain = k.Compress(cells...)
	}
	k.Equal("fingerprint: sponge", chain, sponge)

	sum := words[len(words)-1]
	for i := len(words) - 2; i >= 0; i-- {
		sum = k.API.Add(k.API.Mul(sum, challenge), words[i])
	}
	k.Equal("fingerprint: fold", sum, fold)
}
