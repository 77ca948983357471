package main

import (
	"fmt"
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"

	"novate/circuits/curve"
	"novate/circuits/poseidon"
	"novate/circuits/schnorr"
)

// refusal is why a request is not answered.
type refusal struct{ code, text string }

func (r *refusal) Error() string { return r.code + ": " + r.text }

func refuse(code, format string, values ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, values...)}
}

// reply is the answer to a request.
func reply(request []byte) []byte {
	result, err := answer(request)
	if err != nil {
		return append([]byte{1}, err.Error()...)
	}
	return result
}

// operation turns rows of so many bytes into rows of so many bytes.
type operation struct {
	in, out int
	work    func(in, out []byte) *refusal
}

// answer does what a request asks, rows in parallel. Of several refusals it reports that of the first row.
func answer(request []byte) ([]byte, *refusal) {
	if len(request) == 0 {
		return nil, refuse("BAD_REQUEST", "an empty frame")
	}
	op, body, err := find(request[0], request[1:])
	if err != nil {
		return nil, err
	}
	if len(body)%op.in != 0 {
		return nil, refuse("BAD_REQUEST", "%d bytes are no rows of %d", len(body), op.in)
	}
	rows := len(body) / op.in
	result := make([]byte, 1+rows*op.out)
	var mutex sync.Mutex
	worst, why := rows, (*refusal)(nil)
	poseidon.Parallel(rows, func(from, to int) {
		for i := from; i < to; i++ {
			if err := op.work(body[i*op.in:(i+1)*op.in], result[1+i*op.out:1+(i+1)*op.out]); err != nil {
				mutex.Lock()
				defer mutex.Unlock()
				if i < worst {
					worst, why = i, refuse(err.code, "row %d: %s", i, err.text)
				}
				return
			}
		}
	})
	return result, why
}

// find is the operation of a code, and the rows that follow its parameter.
func find(code byte, body []byte) (op operation, rows []byte, err *refusal) {
	switch code {
	case 2:
		return operation{schnorr.SeedSize, 2 * fr.Bytes, publicKey}, body, nil
	case 5:
		return operation{fr.Bytes, 1 + fr.Bytes, pointOf}, body, nil
	case 1, 3, 4:
	default:
		return op, nil, refuse("BAD_REQUEST", "no operation %d", code)
	}
	if len(body) == 0 {
		return op, nil, refuse("BAD_REQUEST", "operation %d lacks its number of cells", code)
	}
	cells, rows := int(body[0]), body[1:]
	switch {
	case code == 1 && poseidon.PartialRounds[cells] == 0:
		return op, nil, refuse("BAD_WIDTH", "no hash of width %d", cells)
	case code != 1 && !schnorr.IsMessage(cells):
		return op, nil, refuse("BAD_WIDTH", "no message of %d cells", cells)
	case code == 1:
		return operation{cells * fr.Bytes, fr.Bytes, hash}, rows, nil
	case code == 3:
		return operation{schnorr.SeedSize + cells*fr.Bytes, 2 * fr.Bytes, sign}, rows, nil
	default:
		return operation{(3 + cells) * fr.Bytes, 1, verify}, rows, nil
	}
}

// most cells of a row that an operation parses at once.
const mostCells = 16

// parse reads field elements into room.
func parse(bytes []byte, room *[mostCells]fr.Element) ([]fr.Element, *refusal) {
	cells := room[:len(bytes)/fr.Bytes]
	for i := range cells {
		if err := cells[i].SetBytesCanonical(bytes[i*fr.Bytes : (i+1)*fr.Bytes]); err != nil {
			return nil, refuse("NOT_REDUCED", "cell %d is not below the field's order", i)
		}
	}
	return cells, nil
}

func hash(in, out []byte) *refusal {
	var room [mostCells]fr.Element
	cells, err := parse(in, &room)
	if err != nil {
		return err
	}
	digest := poseidon.Compress(cells)
	fr.BigEndian.PutElement((*[fr.Bytes]byte)(out), digest)
	return nil
}

func publicKey(in, out []byte) *refusal {
	key := schnorr.NewSigningKey([schnorr.SeedSize]byte(in))
	fr.BigEndian.PutElement((*[fr.Bytes]byte)(out), key.Public.X)
	fr.BigEndian.PutElement((*[fr.Bytes]byte)(out[fr.Bytes:]), key.Public.Y)
	return nil
}

func sign(in, out []byte) *refusal {
	var room [mostCells]fr.Element
	message, err := parse(in[schnorr.SeedSize:], &room)
	if err != nil {
		return err
	}
	signature := schnorr.NewSigningKey([schnorr.SeedSize]byte(in)).Sign(message)
	fr.BigEndian.PutElement((*[fr.Bytes]byte)(out), signature.RX)
	signature.S.FillBytes(out[fr.Bytes:])
	return nil
}

// verify judges any 256-bit S; x, R.x and the message are field elements.
func verify(in, out []byte) *refusal {
	var room [mostCells]fr.Element
	head, err := parse(in[:2*fr.Bytes], &room)
	if err != nil {
		return err
	}
	x, rx := head[0], head[1]
	message, err := parse(in[3*fr.Bytes:], &room)
	if err != nil {
		return refuse(err.code, "message %s", err.text)
	}
	s := new(big.Int).SetBytes(in[2*fr.Bytes : 3*fr.Bytes])
	out[0] = byte(schnorr.Verify(x, schnorr.Signature{RX: rx, S: s}, message))
	return nil
}

func pointOf(in, out []byte) *refusal {
	var room [mostCells]fr.Element
	x, err := parse(in, &room)
	if err != nil {
		return err
	}
	if p, ok := curve.FromX(x[0]); ok {
		out[0] = 1
		fr.BigEndian.PutElement((*[fr.Bytes]byte)(out[1:]), p.Y)
	}
	return nil
}
