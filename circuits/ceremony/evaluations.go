package ceremony

import (
	"errors"
	"io"
	"slices"

	"github.com/consensys/gnark-crypto/ecc"
	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"
	cs "github.com/consensys/gnark/constraint/bn254"

	"novate/circuits/ceremony/points"
)

// evaluations are the parts of a key that phase 2 leaves alone, as a file: the lists A, B and public of G1, then B of G2,
// each compressed, of the lengths that the circuit asks for.
type evaluations struct{ of *mpcsetup.Phase2Evaluations }

func newEvaluations(system *cs.R1CS) evaluations {
	wires := wiresOf(system)
	e := &mpcsetup.Phase2Evaluations{}
	e.G1.A, e.G1.B, e.G2.B = make([]curve.G1Affine, wires), make([]curve.G1Affine, wires), make([]curve.G2Affine, wires)
	e.G1.VKK = make([]curve.G1Affine, system.GetNbPublicVariables()+1)
	return evaluations{e}
}

func (e evaluations) size() int64 {
	return int64(pointG1*(len(e.of.G1.A)+len(e.of.G1.B)+len(e.of.G1.VKK)) + pointG2*len(e.of.G2.B))
}

// WriteTo writes the lists.
func (e evaluations) WriteTo(out io.Writer) (written int64, err error) {
	encoder := curve.NewEncoder(out)
	for _, list := range [][]curve.G1Affine{e.of.G1.A, e.of.G1.B, e.of.G1.VKK} {
		for i := range list {
			if err := encoder.Encode(&list[i]); err != nil {
				return encoder.BytesWritten(), err
			}
		}
	}
	for i := range e.of.G2.B {
		if err := encoder.Encode(&e.of.G2.B[i]); err != nil {
			return encoder.BytesWritten(), err
		}
	}
	return encoder.BytesWritten(), nil
}

// ReadFrom reads lists of the lengths at hand.
func (e evaluations) ReadFrom(in io.Reader) (read int64, err error) {
	for _, list := range []any{e.of.G1.A, e.of.G1.B, e.of.G1.VKK, e.of.G2.B} {
		n, err := readPoints(in, list)
		if read += n; err != nil {
			return read, err
		}
	}
	return read, nil
}

var errOtherPoints = errors.New("its points are not those of the circuit at the powers of phase 1")

// check tells whether a beginning of phase 2 and evaluations are those of a circuit at powers whose secrets are multiplied
// by last (tau, alpha, beta). In place of every point it compares sums of all, each times a random number of its own: what
// is wrong passes with probability 1 / order of the group. No point is multiplied but in those sums: a sum of a wire's
// polynomials, by random factors, is one polynomial, and the powers evaluate it by its coefficients.
func check(system *cs.R1CS, p *powers, last []fr.Element, start *mpcsetup.Phase2, e *mpcsetup.Phase2Evaluations) error {
	factors, err := random(wiresOf(system))
	if err != nil {
		return err
	}
	n := len(p.commons.G2.Tau)
	tau, alpha, beta := powersOf(last[0], 2*n-1), last[1], last[2]
	domain := fft.NewDomain(uint64(n))
	var left, right, output []fr.Element
	m := matricesOf(system)
	for i, into := range []*[]fr.Element{&left, &right, &output} {
		*into = combined(m[i], factors, system.Coefficients, domain)
		for j := range *into {
			(*into)[j].Mul(&(*into)[j], &tau[j])
		}
	}
	at := p.commons.G1.Tau[:n]
	a, b := sumG1(at, left), sumG1(at, right)
	public, committed, private := sorted(system, factors)
	k := sumG1(slices.Concat(p.commons.G1.BetaTau, p.commons.G1.AlphaTau, at), slices.Concat(times(left, beta), times(right, alpha), output))
	k2 := sumG1(slices.Concat(e.G1.VKK, start.Parameters.G1.SigmaCKK[0], start.Parameters.G1.PKK), slices.Concat(public, committed, private))
	z, err := random(n - 1)
	if err != nil {
		return err
	}
	if a != sumG1(e.G1.A, factors) || b != sumG1(e.G1.B, factors) || k != k2 ||
		sumG2(p.commons.G2.Tau, right) != sumG2(e.G2.B, factors) ||
		sumG1(start.Parameters.G1.Z, z) != sumG1(p.commons.G1.Tau, ofQuotients(z, tau, n)) {
		return errOtherPoints
	}
	return nil
}

// combined are the coefficients of the sum of the wires' polynomials, each times its factor: at the domain's member of a
// row it is the row's terms times their factors.
func combined(rows [][]points.Term, factors, coefficients []fr.Element, domain *fft.Domain) []fr.Element {
	values := make([]fr.Element, domain.Cardinality)
	var product fr.Element
	for i, row := range rows {
		for _, term := range row {
			values[i].Add(&values[i], product.Mul(&coefficients[term.Coefficient], &factors[term.Column]))
		}
	}
	domain.FFTInverse(values, fft.DIF)
	fft.BitReverse(values)
	return values
}

// ofQuotients are the factors of the powers of tau in the sum of tau^i (tau^n - 1), times factors in a proof's order.
func ofQuotients(factors, tau []fr.Element, n int) []fr.Element {
	ordered := append(slices.Clone(factors), fr.Element{})
	fft.BitReverse(ordered)
	out := make([]fr.Element, 2*n-1)
	for i := range n - 1 {
		out[i].Sub(&out[i], &ordered[i])
		out[i+n].Add(&out[i+n], &ordered[i])
	}
	for i := range out {
		out[i].Mul(&out[i], &tau[i])
	}
	return out
}

func times(list []fr.Element, factor fr.Element) []fr.Element {
	out := make([]fr.Element, len(list))
	for i := range list {
		out[i].Mul(&list[i], &factor)
	}
	return out
}

func random(n int) ([]fr.Element, error) {
	list := make([]fr.Element, n)
	for i := range list {
		if _, err := list[i].SetRandom(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// sumG1 is the sum of points times scalars; gnark fails of different lengths alone, which make two sums differ.
func sumG1(list []curve.G1Affine, scalars []fr.Element) (sum curve.G1Affine) {
	if _, err := sum.MultiExp(list, scalars, ecc.MultiExpConfig{}); err != nil {
		panic(err)
	}
	return sum
}

func sumG2(list []curve.G2Affine, scalars []fr.Element) (sum curve.G2Affine) {
	if _, err := sum.MultiExp(list, scalars, ecc.MultiExpConfig{}); err != nil {
		panic(err)
	}
	return sum
}
