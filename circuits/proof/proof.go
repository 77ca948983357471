// Package proof makes and checks proofs of batches: gnark's Groth16 for the verifiers of docs/keys.md.
package proof

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"time"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark/backend"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	cs "github.com/consensys/gnark/constraint/bn254"
	"golang.org/x/crypto/sha3"

	"novate/circuits/keys"
	"novate/circuits/trace"
)

// Length of a proof in bytes.
const Length = 384

// Proof is a proof and all that is needed to check it, but the key.
type Proof struct {
	Class       string             `json:"class"`
	System      string             `json:"system"`
	Key         string             `json:"key"`
	Development bool               `json:"development"`
	Constraints int                `json:"constraints"`
	Proof       string             `json:"proof"`
	Sponge      *big.Int           `json:"sponge"`
	Challenge   *big.Int           `json:"challenge"`
	Fold        *big.Int           `json:"fold"`
	Words       []*big.Int         `json:"words"`
	Sent        []*big.Int         `json:"sent"`
	Seconds     map[string]float64 `json:"seconds"`
	PeakRSS     int64              `json:"peak_rss_bytes"`
}

// Prover proves batches of one class.
type Prover struct {
	System *keys.System
	Keys   *keys.Pair
}

// Steps hears when a step of a proof begins: witness, solve (up to the commitment), prove, verify.
type Steps func(step string)

// Prove proves a filled batch, and checks the proof before it leaves. A witness that does not satisfy the circuit is an
// *UnsatisfiedError.
func (p *Prover) Prove(w *trace.Witness, steps Steps) (*Proof, error) {
	clock := newStopwatch(steps)
	clock.start("witness")
	full, err := w.Vector()
	if err != nil {
		return nil, err
	}
	clock.start("solve")
	target := &committing{Hash: sha3.NewLegacyKeccak256(), known: func() { clock.start("prove") }}
	made, err := groth16.Prove(p.System.R1CS, p.Keys.Proving, full, backend.WithProverHashToFieldFunction(target))
	var refused *cs.UnsatisfiedConstraintError
	if err != nil && (clock.step == "solve" || errors.As(err, &refused)) {
		return nil, unsatisfied(err)
	}
	if err != nil {
		return nil, err
	}
	clock.start("verify")
	if err := check(made, p.Keys.Verifying, w.Public); err != nil {
		return nil, fmt.Errorf("the proof just made does not hold: %w", err)
	}
	record := p.Keys.Record
	return &Proof{
		Class: record.Class, System: record.System, Key: record.Digest, Development: record.Development,
		Constraints: p.System.GetNbConstraints(), Proof: hex.EncodeToString(made.MarshalSolidity()),
		Sponge: w.Public.Sponge, Challenge: w.Public.Challenge, Fold: w.Public.Fold,
		Words: w.Public.Words, Sent: w.Public.Sent, Seconds: clock.stop(), PeakRSS: peakRSS(),
	}, nil
}

// Verify checks a proof: that its public inputs are those of its words, and that it holds under the key.
func Verify(p *Proof, vk *groth16.VerifyingKey, record keys.Record) error {
	if p.Key != record.Digest || p.System != record.System {
		return fmt.Errorf("the proof is for key %s, not %s", p.Key, record.Digest)
	}
	public, err := trace.PublicOf(p.Class, p.Words)
	if err != nil {
		return err
	}
	if p.Sponge == nil || p.Challenge == nil || p.Fold == nil || public.Sponge.Cmp(p.Sponge) != 0 || public.Challenge.Cmp(p.Challenge) != 0 || public.Fold.Cmp(p.Fold) != 0 {
		return errors.New("the public inputs are not those of the words")
	}
	points, err := parse(p.Proof)
	if err != nil {
		return err
	}
	return check(points, vk, public)
}

func check(p *groth16.Proof, vk *groth16.VerifyingKey, public trace.Public) error {
	inputs := make(fr.Vector, 3)
	for i, x := range []*big.Int{public.Sponge, public.Challenge, public.Fold} {
		inputs[i].SetBigInt(x)
	}
	return groth16.Verify(p, vk, inputs, backend.WithVerifierHashToFieldFunction(sha3.NewLegacyKeccak256()))
}

// parse reads the bytes of MarshalSolidity; points off the curve or out of the subgroup are refused.
func parse(text string) (*groth16.Proof, error) {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != Length {
		return nil, fmt.Errorf("a proof is %d bytes in hexadecimal", Length)
	}
	p := &groth16.Proof{Commitments: make([]curve.G1Affine, 1)}
	for _, part := range []struct {
		set  func([]byte) (int, error)
		size int
	}{
		{p.Ar.SetBytes, 64}, {p.Bs.SetBytes, 128}, {p.Krs.SetBytes, 64}, {p.Commitments[0].SetBytes, 64},
		{p.CommitmentPok.SetBytes, 64},
	} {
		n, err := part.set(data[:part.size])
		if err != nil {
			return nil, err
		}
		if n != part.size {
			return nil, errors.New("a point is compressed")
		}
		data = data[part.size:]
	}
	return p, nil
}

// committing is a hash that tells when it was asked for the challenge: the commitment is known then.
type committing struct {
	hash.Hash
	known func()
}

// Sum is the hash's, and the moment.
func (c *committing) Sum(b []byte) []byte {
	c.known()
	return c.Hash.Sum(b)
}

// UnsatisfiedError is a witness that the constraint system refuses.
type UnsatisfiedError struct{ Constraint string }

func (e *UnsatisfiedError) Error() string { return "UNSATISFIED: " + e.Constraint }

// stopwatch measures steps.
type stopwatch struct {
	steps   Steps
	step    string
	begun   time.Time
	seconds map[string]float64
}

func newStopwatch(steps Steps) *stopwatch {
	return &stopwatch{steps: steps, seconds: map[string]float64{}}
}

func (s *stopwatch) start(step string) {
	s.stop()
	s.step, s.begun = step, time.Now()
	if s.steps != nil {
		s.steps(step)
	}
}

func (s *stopwatch) stop() map[string]float64 {
	if s.step != "" {
		s.seconds[s.step] += time.Since(s.begun).Seconds()
	}
	s.step = ""
	return s.seconds
}
