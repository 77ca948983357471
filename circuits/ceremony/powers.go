package ceremony

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"runtime"

	curve "github.com/consensys/gnark-crypto/ecc/bn254"
	"github.com/consensys/gnark-crypto/ecc/bn254/fr"
	update "github.com/consensys/gnark-crypto/ecc/bn254/mpcsetup"
	"github.com/consensys/gnark/backend/groth16/bn254/mpcsetup"
	gnarkio "github.com/consensys/gnark/io"
	"golang.org/x/sync/errgroup"

	"novate/circuits/ceremony/points"
)

// powers are a contribution to phase 1: gnark's Phase1, byte for byte, whose fields gnark keeps to itself. Kept here, its
// points are read and multiplied on all cores. Each read or verified by gnark is read or verified here, and the reverse.
type powers struct {
	tau, alpha, beta update.UpdateProof
	commons          mpcsetup.SrsCommons
	challenge        []byte
}

// newPowers are what a domain fixes: powers of one.
func newPowers(domain uint64) *powers {
	p := &powers{}
	p.makeRoom(domain)
	_, _, one, two := curve.Generators()
	for _, list := range [][]curve.G1Affine{p.commons.G1.Tau, p.commons.G1.AlphaTau, p.commons.G1.BetaTau} {
		for i := range list {
			list[i] = one
		}
	}
	for i := range p.commons.G2.Tau {
		p.commons.G2.Tau[i] = two
	}
	p.commons.G2.Beta = two
	return p
}

func (p *powers) makeRoom(domain uint64) {
	c := &p.commons
	c.G1.Tau, c.G2.Tau = make([]curve.G1Affine, 2*domain-1), make([]curve.G2Affine, domain)
	c.G1.AlphaTau, c.G1.BetaTau = make([]curve.G1Affine, domain), make([]curve.G1Affine, domain)
	_, _, c.G1.Tau[0], c.G2.Tau[0] = curve.Generators()
}

// WriteTo writes gnark's encoding.
func (p *powers) WriteTo(out io.Writer) (written int64, err error) {
	for _, part := range []io.WriterTo{&p.tau, &p.alpha, &p.beta, &p.commons} {
		n, err := part.WriteTo(out)
		if written += n; err != nil {
			return written, err
		}
	}
	n, err := gnarkio.WriteBytesShort(p.challenge, out)
	return written + n, err
}

// ReadFrom reads gnark's encoding. Every point is checked to lie on its curve and in its group. The domain that is claimed
// is believed: files.go has compared it by then.
func (p *powers) ReadFrom(in io.Reader) (read int64, err error) {
	for _, part := range []io.ReaderFrom{&p.tau, &p.alpha, &p.beta} {
		n, err := part.ReadFrom(in)
		if read += n; err != nil {
			return read, err
		}
	}
	var domain uint64
	if err := binary.Read(in, binary.BigEndian, &domain); err != nil {
		return read, err
	}
	p.makeRoom(domain)
	read += 8
	c := &p.commons
	beta := make([]curve.G2Affine, 1)
	for _, part := range []any{beta, c.G1.Tau[1:], c.G2.Tau[1:], c.G1.BetaTau, c.G1.AlphaTau} {
		n, err := readPoints(in, part)
		if read += n; err != nil {
			return read, err
		}
	}
	c.G2.Beta = beta[0]
	challenge, n, err := gnarkio.ReadBytesShort(in)
	p.challenge = challenge
	return read + n, err
}

// readPoints fills a list of points of either group from their compressed encodings, on every core.
func readPoints(in io.Reader, into any) (int64, error) {
	count, size := 0, pointG1
	var set func(i int, encoded []byte) (int, error)
	switch list := into.(type) {
	case []curve.G1Affine:
		count, set = len(list), func(i int, encoded []byte) (int, error) { return list[i].SetBytes(encoded) }
	case []curve.G2Affine:
		count, size, set = len(list), pointG2, func(i int, encoded []byte) (int, error) { return list[i].SetBytes(encoded) }
	}
	buffer := make([]byte, count*size)
	if n, err := io.ReadFull(in, buffer); err != nil {
		return int64(n), err
	}
	group, share := errgroup.Group{}, count/runtime.GOMAXPROCS(0)+1
	for from := 0; from < count; from += share {
		group.Go(func() error {
			for i := from; i < min(from+share, count); i++ {
				if n, err := set(i, buffer[i*size:(i+1)*size]); err != nil || n != size {
					return fmt.Errorf("point %d is none: %w", i, err)
				}
			}
			return nil
		})
	}
	return int64(len(buffer)), group.Wait()
}

func (p *powers) hash() []byte {
	hash := sha256.New()
	p.WriteTo(hash) // a hash takes everything
	return hash.Sum(nil)
}

// contribute multiplies the secrets by new ones, and proves that they were known.
func (p *powers) contribute() {
	p.challenge = p.hash()
	var tau, alpha, beta fr.Element // zero asks for a random one
	p.tau = update.UpdateValues(&tau, p.challenge, mpcsetup.DST_TAU)
	p.alpha = update.UpdateValues(&alpha, p.challenge, mpcsetup.DST_ALPHA)
	p.beta = update.UpdateValues(&beta, p.challenge, mpcsetup.DST_BETA)
	p.multiply(tau, alpha, beta)
}

// multiply multiplies the secrets.
func (p *powers) multiply(tau, alpha, beta fr.Element) {
	c := &p.commons
	of := powersOf(tau, len(c.G1.Tau))
	times := func(factor fr.Element) func(int) fr.Element {
		return func(i int) fr.Element { return *new(fr.Element).Mul(&of[i], &factor) }
	}
	points.G1.Scale(c.G1.Tau, times(fr.One()))
	points.G2.Scale(c.G2.Tau, times(fr.One()))
	points.G1.Scale(c.G1.AlphaTau, times(alpha))
	points.G1.Scale(c.G1.BetaTau, times(beta))
	c.G2.Beta.ScalarMultiplication(&c.G2.Beta, beta.BigInt(new(big.Int)))
}

// powersOf are x^0 .. x^(n-1).
func powersOf(x fr.Element, n int) []fr.Element {
	list := make([]fr.Element, n)
	at := fr.One()
	for i := range list {
		list[i] = at
		at.Mul(&at, &x)
	}
	return list
}

// errNothing is a secret of one, which gnark takes: whoever chose it contributed nothing.
var errNothing = errors.New("a secret of one: nothing was contributed")

// verify tells whether next multiplies the secrets by others that its maker knew.
func (p *powers) verify(next *powers) error {
	challenge := p.hash()
	if !bytes.Equal(next.challenge, challenge) {
		return errors.New("it names another before it")
	}
	before, after := &p.commons, &next.commons
	if len(before.G2.Tau) != len(after.G2.Tau) {
		return errors.New("another domain")
	}
	if after.G1.Tau[1] == before.G1.Tau[1] || after.G1.AlphaTau[0] == before.G1.AlphaTau[0] || after.G2.Beta == before.G2.Beta {
		return errNothing
	}
	if err := next.tau.Verify(challenge, mpcsetup.DST_TAU, update.ValueUpdate{Previous: before.G1.Tau[1], Next: after.G1.Tau[1]}); err != nil {
		return fmt.Errorf("tau: %w", err)
	}
	if err := next.alpha.Verify(challenge, mpcsetup.DST_ALPHA, update.ValueUpdate{Previous: before.G1.AlphaTau[0], Next: after.G1.AlphaTau[0]}); err != nil {
		return fmt.Errorf("alpha: %w", err)
	}
	if err := next.beta.Verify(challenge, mpcsetup.DST_BETA,
		update.ValueUpdate{Previous: before.G1.BetaTau[0], Next: after.G1.BetaTau[0]},
		update.ValueUpdate{Previous: before.G2.Beta, Next: after.G2.Beta}); err != nil {
		return fmt.Errorf("beta: %w", err)
	}
	return update.SameRatioMany(after.G1.Tau, after.G2.Tau, after.G1.AlphaTau, after.G1.BetaTau)
}

// beaconPhase1 is gnark's name for what a beacon ends.
const beaconPhase1 = "Groth16 MPC Setup - Phase 1"

// last are the secrets that a beacon multiplies in: tau, alpha and beta.
func (p *powers) last(beacon []byte) []fr.Element {
	return update.BeaconContributions(p.hash(), []byte(beaconPhase1), beacon, 3)
}

// ends are the points that gnark's Seal of phase 2 reads of powers whose secrets are multiplied by last: the first alpha
// and beta. The lists keep their length, which names the domain.
func (p *powers) ends(last []fr.Element) *mpcsetup.SrsCommons {
	c, of := &mpcsetup.SrsCommons{}, &p.commons
	c.G1.AlphaTau, c.G1.BetaTau = make([]curve.G1Affine, len(of.G1.AlphaTau)), make([]curve.G1Affine, len(of.G1.BetaTau))
	var alpha, beta big.Int
	c.G1.AlphaTau[0].ScalarMultiplication(&of.G1.AlphaTau[0], last[1].BigInt(&alpha))
	c.G1.BetaTau[0].ScalarMultiplication(&of.G1.BetaTau[0], last[2].BigInt(&beta))
	c.G2.Beta.ScalarMultiplication(&of.G2.Beta, &beta)
	return c
}
