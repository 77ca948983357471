package keys

import (
	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/fft"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/pedersen"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bn254"
)

// Setup makes development keys: Groth16's for the system as gnark's Setup makes them, with other arithmetic. All points
// are multiples of the two generators, so tables of those take the place of doublings; and the commitment's base is
// gamma, as a ceremony's is, so that a verifier can merge two of its pairings.
//
// The secrets are drawn here and forgotten; see docs/keys.md for what that is worth.
func Setup(system *cs.R1CS, progress *Progress) (*groth16.ProvingKey, *groth16.VerifyingKey, error) {
	secrets, err := draw()
	if err != nil {
		return nil, nil, err
	}
	return setup(system, secrets, progress)
}

// scalars are the discrete logarithms of a key's points.
type scalars struct {
	a, b, z, private, public, committed []fr.Element
}

func setup(system *cs.R1CS, secrets toxic, progress *Progress) (*groth16.ProvingKey, *groth16.VerifyingKey, error) {
	covered, err := commitment(system)
	if err != nil {
		return nil, nil, err
	}
	progress.Start("scalars", 0)
	domain := fft.NewDomain(uint64(system.GetNbConstraints()))
	pk, vk := &groth16.ProvingKey{Domain: *domain}, &groth16.VerifyingKey{}
	a, b, c := evaluate(system, domain, secrets.point)
	var s scalars
	s.sortWires(system, covered, secrets, a, b, c)
	s.z = quotients(domain, secrets)
	s.a, pk.InfinityA, pk.NbInfinityA = withoutZeros(a)
	s.b, pk.InfinityB, pk.NbInfinityB = withoutZeros(b)
	s.points(pk, vk, secrets, progress)
	vk.PublicAndCommitmentCommitted = [][]int{{}}
	return pk, vk, vk.Precompute()
}

// sortWires computes a wire's scalar in the sum that a proof's third point or the verifier's input is: (beta a + alpha b
// + c), over gamma where the verifier adds it up (public wires, the commitment's, and those under it), else over delta.
func (s *scalars) sortWires(system *cs.R1CS, covered constraint.Groth16Commitment, secrets toxic, a, b, c []fr.Element) {
	publics := system.GetNbPublicVariables()
	under := covered.PrivateCommitted
	var k, term fr.Element
	for i := range a {
		k.Mul(&a[i], &secrets.beta)
		k.Add(&k, term.Mul(&b[i], &secrets.alpha)).Add(&k, &c[i])
		switch {
		case i < publics || i == covered.CommitmentIndex:
			s.public = append(s.public, *k.Mul(&k, &secrets.gammaInv))
		case len(under) > 0 && under[0] == i:
			under = under[1:]
			s.committed = append(s.committed, *k.Mul(&k, &secrets.gammaInv))
		default:
			s.private = append(s.private, *k.Mul(&k, &secrets.deltaInv))
		}
	}
}

// quotients are x^i (x^N - 1) / delta, in the bit-reversed order of the prover's quotient polynomial. The last, of a
// degree that the quotient does not have, is left out.
func quotients(domain *fft.Domain, secrets toxic) []fr.Element {
	z := make([]fr.Element, domain.Cardinality)
	power := vanishing(domain, secrets.point)
	power.Mul(&power, &secrets.deltaInv)
	for i := range z {
		z[i] = power
		power.Mul(&power, &secrets.point)
	}
	fft.BitReverse(z)
	return z[:len(z)-1]
}

// withoutZeros drops zeros, and marks where they were.
func withoutZeros(values []fr.Element) (rest []fr.Element, zero []bool, zeros uint64) {
	zero = make([]bool, len(values))
	rest = values[:0]
	for i := range values {
		if values[i].IsZero() {
			zero[i] = true
			zeros++
			continue
		}
		rest = append(rest, values[i])
	}
	return rest, zero, zeros
}

// points multiplies the generators by the scalars.
func (s *scalars) points(pk *groth16.ProvingKey, vk *groth16.VerifyingKey, secrets toxic, progress *Progress) {
	const costG2 = 2 // a point of G2 in points of G1
	known := make([]fr.Element, len(s.committed))
	for i := range known {
		known[i].Mul(&s.committed[i], &secrets.sigma)
	}
	single := []fr.Element{secrets.alpha, secrets.beta, secrets.delta}
	var pedersenKey pedersen.ProvingKey
	work := []struct {
		scalars []fr.Element
		points  *[]curve.G1Affine
	}{
		{s.a, &pk.G1.A}, {s.b, &pk.G1.B}, {s.z, &pk.G1.Z}, {s.private, &pk.G1.K}, {s.public, &vk.G1.K},
		{s.committed, &pedersenKey.Basis}, {known, &pedersenKey.BasisExpSigma},
	}
	total := costG2 * len(s.b)
	for _, w := range work {
		total += len(w.scalars)
	}
	progress.Start("points", total)
	base := newGeneratorG1(total)
	for _, w := range work {
		*w.points = base.multiply(w.scalars, progress.Add)
	}
	ends := base.multiply(single, func(int) {})
	pk.G1.Alpha, pk.G1.Beta, pk.G1.Delta = ends[0], ends[1], ends[2]
	vk.G1.Alpha, vk.G1.Beta, vk.G1.Delta = ends[0], ends[1], ends[2]
	pk.CommitmentKeys = []pedersen.ProvingKey{pedersenKey}

	twin := newGeneratorG2(len(s.b))
	pk.G2.B = twin.multiply(s.b, func(points int) { progress.Add(costG2 * points) })
	var minusSigmaGamma fr.Element
	minusSigmaGamma.Mul(&secrets.sigma, &secrets.gamma).Neg(&minusSigmaGamma)
	twins := twin.multiply([]fr.Element{secrets.beta, secrets.delta, secrets.gamma, minusSigmaGamma}, func(int) {})
	pk.G2.Beta, pk.G2.Delta = twins[0], twins[1]
	vk.G2.Beta, vk.G2.Delta, vk.G2.Gamma = twins[0], twins[1], twins[2]
	vk.CommitmentKeys = []pedersen.VerifyingKey{{G: twins[2], GSigmaNeg: twins[3]}}
}
