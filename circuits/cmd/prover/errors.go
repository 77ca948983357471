package main

import (
	"errors"

	"novate/circuits/keys"
	"novate/circuits/proof"
	"novate/circuits/trace"
)

// description is an error for programs. A witness that does not satisfy the circuit comes with what an observer found.
type description struct {
	Code    string          `json:"code"`
	At      string          `json:"at,omitempty"`
	Message string          `json:"message"`
	Found   *trace.Findings `json:"findings,omitempty"`
}

// usageError is a wrong command line.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

// refusedError is a proof that does not hold.
type refusedError struct{ error }

// unprovenError is a trace that does not prove, with the rules that it breaks.
type unprovenError struct {
	constraint string
	found      trace.Findings
}

func (e *unprovenError) Error() string { return "the batch breaks rules of the circuit" }

func describe(err error) description {
	var (
		ofTrace    *trace.Error
		ofKeys     *keys.Error
		commitment *keys.CommitmentError
		usage      *usageError
		refused    *refusedError
		unproven   *unprovenError
		unsolved   *proof.UnsatisfiedError
	)
	switch {
	case errors.As(err, &ofTrace):
		return description{Code: ofTrace.Code, At: ofTrace.At, Message: ofTrace.Message}
	case errors.As(err, &ofKeys):
		return description{Code: ofKeys.Code, At: ofKeys.At, Message: ofKeys.Message}
	case errors.As(err, &commitment):
		return description{Code: "COMMITMENT", Message: commitment.Error()}
	case errors.As(err, &usage):
		return description{Code: "USAGE", Message: usage.message}
	case errors.As(err, &refused):
		return description{Code: "PROOF_REFUSED", Message: refused.Error()}
	case errors.As(err, &unproven):
		return description{Code: "UNSATISFIED", At: unproven.constraint, Message: unproven.Error(), Found: &unproven.found}
	case errors.As(err, &unsolved):
		return description{Code: "UNSATISFIED", At: unsolved.Constraint, Message: unsolved.Error()}
	}
	return description{Code: "INTERNAL", Message: err.Error()}
}

func exitCode(err error) int {
	var usage *usageError
	var refused *refusedError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &refused):
		return exitRefused
	}
	return exitFailed
}
