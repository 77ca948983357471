package signature

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"novate/circuits/chips/chiptest"
	"novate/circuits/curve"
	"novate/circuits/kernel"
	"novate/circuits/schnorr"
)

type vector struct {
	Name    string   `json:"name"`
	X       string   `json:"x"`
	RX      string   `json:"rx"`
	S       string   `json:"s"`
	Message []string `json:"message"`
	Verdict int      `json:"verdict"`
	Seed    string   `json:"seed"`
}

func load(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "tests", "vectors", "signatures.json"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Signatures []vector }
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document.Signatures
}

func parsed(t *testing.T, text string) *big.Int {
	t.Helper()
	x, ok := new(big.Int).SetString(text, 0)
	if !ok {
		t.Fatalf("%q is no integer", text)
	}
	return x
}

// presented is a bench with the signature in a slot of its kind, and all else in order.
func (v vector) presented(t *testing.T) bench {
	t.Helper()
	x, rx, s := parsed(t, v.X), parsed(t, v.RX), parsed(t, v.S)
	message := make([]*big.Int, len(v.Message))
	for i, cell := range v.Message {
		message[i] = parsed(t, cell)
	}
	var b bench
	switch len(message) {
	case 2:
		b = honest(1, 1, 0, 0)
		b.Domain = message[1]
		b.Signatures[0].Word, b.Taken[0].Word = message[0], message[0]
		b.Signatures[0].Key, b.Signatures[0].RX, b.Signatures[0].S = x, rx, s
	case 6:
		b = honest(1, 0, 0, 1)
		for i, cell := range message {
			b.Reports[0].Message[i] = cell
		}
		b.Reports[0].Slot.X, b.Reports[0].Slot.RX, b.Reports[0].Slot.S = x, rx, s
	default:
		b = honest(1, 0, 1, 0)
		for i, cell := range message {
			b.Sheets[0].Message[i] = cell
		}
		b.Sheets[0].Key, b.Sheets[0].RX, b.Sheets[0].S = x, rx, s
	}
	b.enroll(0, x)
	return b
}

// Circuit and native verifier accept the same signatures, and those are the ones that the Python twins accept.
func TestVectors(t *testing.T) {
	accepted := 0
	for _, v := range load(t) {
		t.Run(v.Name, func(t *testing.T) {
			x, rx := element(parsed(t, v.X)), element(parsed(t, v.RX))
			values := make([]any, len(v.Message))
			for i, cell := range v.Message {
				values[i] = parsed(t, cell)
			}
			signature := schnorr.Signature{RX: rx, S: parsed(t, v.S)}
			if got := schnorr.Verify(x, signature, elements(values...)); int(got) != v.Verdict {
				t.Errorf("native says %v", got)
			}
			if signature.S.Cmp(field) >= 0 {
				return // no column holds it
			}
			names := chiptest.Observe(t, define, v.presented(t), kernel.NewObserver())
			if holds := len(names) == 0; holds != (v.Verdict == 0) {
				t.Errorf("the circuit breaks %v", names)
			}
			if v.Verdict == 0 {
				accepted++
			}
		})
	}
	if accepted < 30 {
		t.Fatalf("only %d vectors hold", accepted)
	}
}

// What the vectors call the order is the order.
func TestVectorsKnowTheOrder(t *testing.T) {
	for _, v := range load(t) {
		if v.Name == "S = l" && parsed(t, v.S).Cmp(curve.Order()) != 0 {
			t.Fatal("another order")
		}
	}
}
