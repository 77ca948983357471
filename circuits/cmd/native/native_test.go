package main

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
)

// talk runs a whole conversation and returns the answers after the greeting.
func talk(t *testing.T, requests ...[]byte) [][]byte {
	t.Helper()
	var in, out bytes.Buffer
	writer := bufio.NewWriter(&in)
	for _, r := range requests {
		if err := send(writer, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := serve(&in, &out); err != nil {
		t.Fatal(err)
	}
	var answers [][]byte
	for {
		frame, err := receive(&out)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, frame)
	}
	if string(answers[0]) != Greeting {
		t.Fatalf("greets with %q", answers[0])
	}
	return answers[1:]
}

func row(values ...uint64) (out []byte) {
	for _, v := range values {
		var e fr.Element
		e.SetUint64(v)
		b := e.Bytes()
		out = append(out, b[:]...)
	}
	return out
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

// A signature that is made here verifies here; a changed one has its verdict; rows keep their order.
func TestSignAndVerify(t *testing.T) {
	seed := bytes.Repeat([]byte{7}, 32)
	made := talk(t, append([]byte{2}, seed...), join([]byte{3, 2}, seed, row(5, 6), seed, row(5, 7)))
	x, first, second := made[0][1:33], made[1][1:65], made[1][65:129]
	verdicts := talk(t, join([]byte{4, 2}, x, first, row(5, 6), x, second, row(5, 6), x, second, row(5, 7)))[0]
	if !bytes.Equal(verdicts, []byte{0, 0, 4, 0}) {
		t.Fatalf("verdicts %v", verdicts)
	}
	if p := talk(t, append([]byte{5}, x...))[0]; p[1] != 1 || !bytes.Equal(p[2:], made[0][33:65]) {
		t.Fatal("the point of x is not the public key")
	}
	if p := talk(t, join([]byte{5}, row(1)))[0]; !bytes.Equal(p[1:], make([]byte, 33)) {
		t.Fatal("a point for an x that has none")
	}
}

// However many rows and processors, each digest is that of its row.
func TestRowsKeepTheirOrder(t *testing.T) {
	request, single := []byte{1, 4}, [][]byte{}
	for i := range uint64(50) {
		request = append(request, row(i, 1, 2, 3)...)
		single = append(single, talk(t, join([]byte{1, 4}, row(i, 1, 2, 3)))[0][1:])
	}
	if all := talk(t, request)[0]; !bytes.Equal(all[1:], join(single...)) {
		t.Fatal("together other than one by one")
	}
}

func TestRefusals(t *testing.T) {
	order := fr.Modulus().FillBytes(make([]byte, 32))
	cases := map[string][]byte{
		"BAD_REQUEST: an empty frame":                               {},
		"BAD_REQUEST: no operation 9":                               {9},
		"BAD_REQUEST: operation 1 lacks its number of cells":        {1},
		"BAD_REQUEST: 3 bytes are no rows of 128":                   {1, 4, 0, 0, 0},
		"BAD_WIDTH: no hash of width 5":                             {1, 5},
		"BAD_WIDTH: no message of 3 cells":                          {4, 3},
		"NOT_REDUCED: row 1: cell 2 is not below the field's order": join([]byte{1, 4}, row(1, 2, 3, 4, 1, 2), order, row(4)),
	}
	for want, request := range cases {
		answers := talk(t, request, join([]byte{1, 4}, row(1, 2, 3, 4)))
		if answers[0][0] != 1 || string(answers[0][1:]) != want {
			t.Errorf("%q, not %q", answers[0][1:], want)
		}
		if answers[1][0] != 0 {
			t.Errorf("after %q nothing is answered", want)
		}
	}
}

// A frame that is too long or broken off ends the child: what follows cannot be trusted.
func TestBrokenFrames(t *testing.T) {
	for _, in := range []string{"\xff\xff\xff\xff", "\x05\x00\x00\x00abc"} {
		if err := serve(strings.NewReader(in), io.Discard); err == nil {
			t.Errorf("%q is served", in)
		}
	}
}
