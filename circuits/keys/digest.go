package keys

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"

	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
)

// Digest names a constraint system: SHA-256 over all that its keys depend on. That is the numbers of wires, the wires
// under the commitment and the commitment's, the table of coefficients, and every constraint's three linear expressions
// as (wire, coefficient). Hints, names and places in the source do not count.
func Digest(system *cs.R1CS) string {
	hash := sha256.New()
	out := bufio.NewWriterSize(hash, 1<<16)
	io.WriteString(out, "novate constraint system 1\n"+system.ScalarField+"\n")
	number(out, system.GetNbPublicVariables(), system.GetNbSecretVariables(), system.NbInternalVariables)
	for _, c := range system.CommitmentInfo.(constraint.Groth16Commitments) {
		number(out, c.CommitmentIndex, len(c.PublicAndCommitmentCommitted), len(c.PrivateCommitted))
		number(out, c.PublicAndCommitmentCommitted...)
		number(out, c.PrivateCommitted...)
	}
	number(out, len(system.Coefficients), system.GetNbConstraints())
	for i := range system.Coefficients {
		bytes := system.Coefficients[i].Bytes()
		out.Write(bytes[:])
	}
	rows := system.GetR1CIterator()
	for row := rows.Next(); row != nil; row = rows.Next() {
		expression(out, row.L)
		expression(out, row.R)
		expression(out, row.O)
	}
	out.Flush()
	return hex.EncodeToString(hash.Sum(nil))
}

func expression(out *bufio.Writer, terms constraint.LinearExpression) {
	number(out, len(terms))
	for _, term := range terms {
		number(out, term.WireID(), term.CoeffID())
	}
}

// number writes integers of four bytes, low end first.
func number(out *bufio.Writer, values ...int) {
	var buffer [4]byte
	for _, v := range values {
		binary.LittleEndian.PutUint32(buffer[:], uint32(v))
		out.Write(buffer[:])
	}
}
