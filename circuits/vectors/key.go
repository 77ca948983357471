package vectors

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr/pedersen"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
)

// Key is a verifying key as verifier/groth16.py reads it. G1 points are x, y; G2 points x1, x0, y1, y0.
type Key struct {
	Alpha        [2]string   `json:"alpha"`
	Beta         [4]string   `json:"beta"`
	Gamma        [4]string   `json:"gamma"`
	Delta        [4]string   `json:"delta"`
	Base         [4]string   `json:"base"`
	BaseSigmaNeg [4]string   `json:"base_sigma_neg"`
	K            [][2]string `json:"k"`
}

// Rebase gives the commitment keys gamma as their base, which the verifier of five pairs needs. mpcsetup makes such
// keys by itself; a development set-up does not.
func Rebase(pk *groth16.ProvingKey, vk *groth16.VerifyingKey) error {
	bases := make([][]bn254.G1Affine, len(pk.CommitmentKeys))
	for i, key := range pk.CommitmentKeys {
		bases[i] = key.Basis
	}
	if len(bases) != 1 {
		return fmt.Errorf("vectors: %d commitments, not one", len(bases))
	}
	proving, verifying, err := pedersen.Setup(bases, pedersen.WithG2Point(vk.G2.Gamma))
	if err != nil {
		return err
	}
	pk.CommitmentKeys = proving
	vk.CommitmentKeys = []pedersen.VerifyingKey{verifying}
	return nil
}

// Export writes a verifying key down. It refuses keys that the contract could not check: a commitment that covers
// public inputs, more than one commitment, or a base other than gamma.
func Export(vk *groth16.VerifyingKey) (Key, error) {
	if committed := vk.PublicAndCommitmentCommitted; len(committed) != 1 || len(committed[0]) != 0 {
		return Key{}, fmt.Errorf("vectors: the commitment covers public inputs: %v", committed)
	}
	if !vk.CommitmentKeys[0].G.Equal(&vk.G2.Gamma) {
		return Key{}, errors.New("vectors: the base of the commitment key is not gamma")
	}
	key := Key{
		Alpha:        g1(vk.G1.Alpha),
		Beta:         g2(vk.G2.Beta),
		Gamma:        g2(vk.G2.Gamma),
		Delta:        g2(vk.G2.Delta),
		Base:         g2(vk.CommitmentKeys[0].G),
		BaseSigmaNeg: g2(vk.CommitmentKeys[0].GSigmaNeg),
	}
	for _, point := range vk.G1.K {
		key.K = append(key.K, g1(point))
	}
	return key, nil
}

// Import undoes Export.
func Import(key Key) (*groth16.VerifyingKey, error) {
	vk := &groth16.VerifyingKey{PublicAndCommitmentCommitted: [][]int{{}}}
	vk.G1.K = make([]bn254.G1Affine, len(key.K))
	vk.CommitmentKeys = make([]pedersen.VerifyingKey, 1)
	err := errors.Join(
		readG1(&vk.G1.Alpha, key.Alpha),
		readG2(&vk.G2.Beta, key.Beta),
		readG2(&vk.G2.Gamma, key.Gamma),
		readG2(&vk.G2.Delta, key.Delta),
		readG2(&vk.CommitmentKeys[0].G, key.Base),
		readG2(&vk.CommitmentKeys[0].GSigmaNeg, key.BaseSigmaNeg),
	)
	for i, point := range key.K {
		err = errors.Join(err, readG1(&vk.G1.K[i], point))
	}
	if err != nil {
		return nil, err
	}
	return vk, vk.Precompute()
}

func coordinate(x fp.Element) string { return "0x" + x.Text(16) }

func g1(p bn254.G1Affine) [2]string { return [2]string{coordinate(p.X), coordinate(p.Y)} }

func g2(p bn254.G2Affine) [4]string {
	return [4]string{coordinate(p.X.A1), coordinate(p.X.A0), coordinate(p.Y.A1), coordinate(p.Y.A0)}
}

func readG1(p *bn254.G1Affine, from [2]string) error {
	_, errX := p.X.SetString(from[0])
	_, errY := p.Y.SetString(from[1])
	return errors.Join(errX, errY)
}

func readG2(p *bn254.G2Affine, from [4]string) error {
	var errs []error
	for i, into := range []*fp.Element{&p.X.A1, &p.X.A0, &p.Y.A1, &p.Y.A0} {
		_, err := into.SetString(from[i])
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
