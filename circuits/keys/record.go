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

// Point is the coordinates of a point as 0x strings: x, y in G1; x1, x0, y1, y0 in G2, imaginary part first as EIP-197
// has them.
type Point []string

// Record is a verifying key for contracts and Python, and what it is.
type Record struct {
	Format       string  `json:"format"`
	Class        string  `json:"class"`
	ClassNumber  int     `json:"class_number"`
	System       string  `json:"system"`
	Digest       string  `json:"digest"`
	Development  bool    `json:"development"`
	Transcript   string  `json:"transcript,omitempty"` // digest of the ceremony that made the key
	Constraints  int     `json:"constraints"`
	Proving      string  `json:"proving_sha256"` // of the proving key's file
	Alpha        Point   `json:"alpha"`
	Beta         Point   `json:"beta"`
	Gamma        Point   `json:"gamma"`
	Delta        Point   `json:"delta"`
	Base         Point   `json:"base"`           // of the commitment's key
	BaseSigmaNeg Point   `json:"base_sigma_neg"` // minus sigma times it
	K            []Point `json:"k"`
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
		Base: twin(&vk.CommitmentKeys[0].G), BaseSigmaNeg: twin(&vk.CommitmentKeys[0].GSigmaNeg),
	}
	for i := range vk.G1.K {
		r.K = append(r.K, point(&vk.G1.K[i]))
	}
	r.Digest = r.digest()
	return r, nil
}

// DigestOfVerifying names a verifying key, as its record does.
func DigestOfVerifying(vk *groth16.VerifyingKey) (string, error) {
	record, err := newRecord(vk)
	return record.Digest, err
}

// digest is SHA-256 of all coordinates, 32 bytes each, in the order of the fields; empty where one is no number.
func (r *Record) digest() string {
	hash := sha256.New()
	points := []Point{r.Alpha, r.Beta, r.Gamma, r.Delta, r.Base, r.BaseSigmaNeg}
	for _, p := range append(points, r.K...) {
		for _, coordinate := range p {
			x, ok := new(big.Int).SetString(coordinate, 0)
			if !ok || x.Sign() < 0 || x.BitLen() > 256 {
				return ""
			}
			var buffer [32]byte
			hash.Write(x.FillBytes(buffer[:]))
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}

func point(p *curve.G1Affine) Point { return Point{text(&p.X), text(&p.Y)} }

func twin(p *curve.G2Affine) Point {
	return Point{text(&p.X.A1), text(&p.X.A0), text(&p.Y.A1), text(&p.Y.A0)}
}

func text(x *fp.Element) string { return "0x" + x.BigInt(new(big.Int)).Text(16) }
