package keys

import "github.com/consensys/gnark-crypto/ecc/bn254/fr"

// toxic are the secrets of a set-up. Whoever knows them proves anything; they live in memory for its duration only.
type toxic struct {
	point              fr.Element // at which the polynomials of the circuit are evaluated
	alpha, beta        fr.Element
	gamma, delta       fr.Element
	sigma              fr.Element // of the commitment's proof of knowledge
	gammaInv, deltaInv fr.Element
}

// draw takes secrets from the operating system; none is zero.
func draw() (toxic, error) {
	var s toxic
	for _, secret := range []*fr.Element{&s.point, &s.alpha, &s.beta, &s.gamma, &s.delta, &s.sigma} {
		for secret.IsZero() {
			if _, err := secret.SetRandom(); err != nil {
				return toxic{}, err
			}
		}
	}
	s.gammaInv.Inverse(&s.gamma)
	s.deltaInv.Inverse(&s.delta)
	return s, nil
}
