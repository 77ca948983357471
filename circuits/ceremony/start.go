package ceremony

import (
	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	update "github.com/consensys/gnark-crypto/ecc/bn254/mpcsetup"
	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"

	"novate/circuits/ceremony/points"
	"novate/circuits/keys"
)

// matrices are a circuit's constraints as gnark has them: left, right and output, with coefficients by their place.
type matrices [3][][]points.Term

func matricesOf(system *cs.R1CS) (m matrices) {
	rows := system.GetR1CIterator()
	for row := rows.Next(); row != nil; row = rows.Next() {
		for i, terms := range [3]constraint.LinearExpression{row.L, row.R, row.O} {
			kept := make([]points.Term, len(terms))
			for j, term := range terms {
				kept[j] = points.Term{Column: uint32(term.WireID()), Coefficient: uint32(term.CoeffID())}
			}
			m[i] = append(m[i], kept)
		}
	}
	return m
}

// begin2 is where phase 2 begins, and the parts of the key that it leaves alone: gnark's Phase2.Initialize, point for
// point, with other arithmetic. The circuit's polynomials are evaluated at tau by way of the Lagrange polynomials there.
func begin2(system *cs.R1CS, commons *mpcsetup.SrsCommons, tell *keys.Progress) (*mpcsetup.Phase2, mpcsetup.Phase2Evaluations) {
	m, wires := matricesOf(system), wiresOf(system)
	n := len(commons.G1.AlphaTau)
	coefficients := points.G1.Recode(system.Coefficients)
	part := func(basis []curve.G1Affine, rows [][]points.Term) points.Part[curve.G1Affine] {
		return points.Part[curve.G1Affine]{Points: basis, Rows: rows}
	}
	columns := func(parts ...points.Part[curve.G1Affine]) []curve.G1Affine {
		return points.G1.Columns(wires, parts, coefficients)
	}
	var e mpcsetup.Phase2Evaluations
	tell.Start("Lagrange polynomials", 0)
	tau, beta, alpha := points.G1.Lagrange(commons.G1.Tau[:n]), points.G1.Lagrange(commons.G1.BetaTau), points.G1.Lagrange(commons.G1.AlphaTau)
	tau2 := points.G2.Lagrange(commons.G2.Tau)
	tell.Start("polynomials of the circuit", 0)
	e.G1.A, e.G1.B = columns(part(tau, m[0])), columns(part(tau, m[1]))
	e.G2.B = points.G2.Columns(wires, []points.Part[curve.G2Affine]{{Points: tau2, Rows: m[1]}}, points.G2.Recode(system.Coefficients))
	sums := columns(part(beta, m[0]), part(alpha, m[1]), part(tau, m[2]))

	start := unchanged()
	start.Parameters.G1.Z = quotients(commons.G1.Tau, n)
	var committed []curve.G1Affine
	e.G1.VKK, committed, start.Parameters.G1.PKK = sorted(system, sums)
	start.Parameters.G1.SigmaCKK = [][]curve.G1Affine{committed}
	return start, complete(system, start, e)
}

// unchanged is a phase 2 to which nobody has contributed, without its lists.
func unchanged() *mpcsetup.Phase2 {
	p := &mpcsetup.Phase2{Sigmas: make([]update.UpdateProof, 1)}
	_, _, p.Parameters.G1.Delta, p.Parameters.G2.Delta = curve.Generators()
	p.Parameters.G2.Sigma = []curve.G2Affine{p.Parameters.G2.Delta}
	return p
}

// complete adds to evaluations what the beginning of phase 2 and the circuit say of them.
func complete(system *cs.R1CS, start *mpcsetup.Phase2, e mpcsetup.Phase2Evaluations) mpcsetup.Phase2Evaluations {
	e.G1.CKK = [][]curve.G1Affine{append([]curve.G1Affine{}, start.Parameters.G1.SigmaCKK[0]...)}
	all := system.CommitmentInfo.(constraint.Groth16Commitments)
	e.PublicAndCommitmentCommitted = all.GetPublicAndCommitmentCommitted(all.CommitmentIndexes(), system.GetNbPublicVariables())
	return e
}

func wiresOf(system *cs.R1CS) int {
	internal, secret, public := system.GetNbVariables()
	return internal + secret + public
}

// sorted divides a list by wire: public wires and the commitment's, the wires under it, and the rest.
func sorted[T any](system *cs.R1CS, wires []T) (public, committed, private []T) {
	commitment := system.CommitmentInfo.(constraint.Groth16Commitments)[0]
	under := commitment.PrivateCommitted
	for i := range wires {
		switch {
		case len(under) > 0 && under[0] == i:
			under, committed = under[1:], append(committed, wires[i])
		case i < system.GetNbPublicVariables() || i == commitment.CommitmentIndex:
			public = append(public, wires[i])
		default:
			private = append(private, wires[i])
		}
	}
	return public, committed, private
}

// quotients are tau^i (tau^n - 1) for i below n - 1, in the order that a proof takes them.
func quotients(tau []curve.G1Affine, n int) []curve.G1Affine {
	z := make([]curve.G1Affine, n)
	for i := range n - 1 {
		z[i].Sub(&tau[i+n], &tau[i])
	}
	fft.BitReverse(z)
	return z[:n-1]
}
