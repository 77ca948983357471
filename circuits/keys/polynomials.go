package keys

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
)

// evaluate is, for every wire, the circuit's polynomials A, B and C at a point x: the sum over the constraints of the
// wire's coefficient times the constraint's Lagrange polynomial at x.
func evaluate(system *cs.R1CS, domain *fft.Domain, x fr.Element) (a, b, c []fr.Element) {
	n := wires(system)
	a, b, c = make([]fr.Element, n), make([]fr.Element, n), make([]fr.Element, n)
	basis := lagrange(domain, x, system.GetNbConstraints())
	rows := system.GetR1CIterator()
	for row, i := rows.Next(), 0; row != nil; row, i = rows.Next(), i+1 {
		accumulate(a, row.L, &basis[i], system.Coefficients)
		accumulate(b, row.R, &basis[i], system.Coefficients)
		accumulate(c, row.O, &basis[i], system.Coefficients)
	}
	return a, b, c
}

// accumulate adds value times its coefficient to every wire of a linear expression.
func accumulate(at []fr.Element, terms constraint.LinearExpression, value *fr.Element, coefficients []fr.Element) {
	var product fr.Element
	for _, term := range terms {
		wire := &at[term.WireID()]
		switch id := term.CoeffID(); id {
		case constraint.CoeffIdZero:
		case constraint.CoeffIdOne:
			wire.Add(wire, value)
		case constraint.CoeffIdMinusOne:
			wire.Sub(wire, value)
		default:
			wire.Add(wire, product.Mul(value, &coefficients[id]))
		}
	}
}

// lagrange is the first n Lagrange polynomials of the domain at x: L_i(x) = (x^N - 1)/N * w^i / (x - w^i).
func lagrange(domain *fft.Domain, x fr.Element, n int) []fr.Element {
	roots, gaps := make([]fr.Element, n), make([]fr.Element, n)
	root := fr.One()
	for i := range roots {
		roots[i] = root
		gaps[i].Sub(&x, &root)
		root.Mul(&root, &domain.Generator)
	}
	scale := vanishing(domain, x)
	scale.Mul(&scale, &domain.CardinalityInv)
	basis := fr.BatchInvert(gaps)
	for i := range basis {
		basis[i].Mul(&basis[i], &roots[i]).Mul(&basis[i], &scale)
	}
	return basis
}

// vanishing is x^N - 1, the polynomial that is zero on the domain.
func vanishing(domain *fft.Domain, x fr.Element) fr.Element {
	one := fr.One()
	var z fr.Element
	z.Exp(x, new(big.Int).SetUint64(domain.Cardinality))
	z.Sub(&z, &one)
	return z
}
