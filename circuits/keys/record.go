package keys

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fp"
	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
)

// RecordFormat names the form of a record.
const RecordFormat = "novate verifying key 1"

// Point is x and y of a point of G1, Twin x and y of one of G2, each imaginary part first as EIP-197 has them.
type (
	Point [2]*big.Int
	Twin  [2][2]*big.Int
)

// Record is a verifying key for contracts and Python, and what it is.
type Record struct {
	Format      string  `json:"format"`
	Class       string  `json:"class"`
	ClassNumber int     `json:"class_number"`
	System      string  `json:"system"`
	Digest      string  `json:"digest"`
	Development bool    `json:"development"`
	Constraints int     `json:"constraints"`
	Alpha       Point   `json:"alpha"`
	Beta        Twin    `json:"beta"`
	Gamma       Twin    `json:"gamma"`
	Delta       Twin    `json:"delta"`
	PedersenG   Twin    `json:"pedersen_g"`
	SigmaNeg    Twin    `json:"pedersen_g_sigma_neg"`
	K           []Point `json:"k"`
	Proving     string  `json:"proving_sha256"` // of the proving key's file
}

// newRecord takes a key apart, and asserts once more what lies under its commitment.
func newRecord(vk *groth16.VerifyingKey) (Record, error) {
	under := vk.PublicAndCommitmentCommitted
	if len(under) != 1 || len(under[0]) != 0 || len(vk.CommitmentKeys) != 1 {
		return Record{}, &CommitmentError{Commitments: under}
	}
	r := Record{
		Format: RecordFormat, Development: true,
		Alpha: point(&vk.G1.Alpha), Beta: twin(&vk.G2.Beta), Gamma: twin(&vk.G2.Gamma), Delta: twin(&vk.G2.Delta),
		PedersenG: twin(&vk.CommitmentKeys[0].G), SigmaNeg: twin(&vk.CommitmentKeys[0].GSigmaNeg),
	}
	for i := range vk.G1.K {
		r.K = append(r.K, point(&vk.G1.K[i]))
	}
	r.Digest = r.digest()
	return r, nil
}

// digest is SHA-256 of all coordinates, 32 bytes each, in the order of the fields.
func (r *Record) digest() string {
	hash := sha256.New()
	write := func(x *big.Int) {
		var buffer [32]byte
		hash.Write(x.FillBytes(buffer[:]))
	}
	points := append([]Point{r.Alpha}, r.twins()...)
	for _, p := range append(points, r.K...) {
		write(p[0])
		write(p[1])
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// twins are the coordinates of the points of G2, in pairs.
func (r *Record) twins() []Point {
	var out []Point
	for _, t := range []Twin{r.Beta, r.Gamma, r.Delta, r.PedersenG, r.SigmaNeg} {
		out = append(out, t[0], t[1])
	}
	return out
}

func point(p *curve.G1Affine) Point { return Point{integer(&p.X), integer(&p.Y)} }

func twin(p *curve.G2Affine) Twin {
	return Twin{{integer(&p.X.A1), integer(&p.X.A0)}, {integer(&p.Y.A1), integer(&p.Y.A0)}}
}

func integer(x *fp.Element) *big.Int { return x.BigInt(new(big.Int)) }
