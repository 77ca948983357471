package ceremony

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"novate/circuits/keys"
)

// serial is what gnark writes and reads.
type serial interface {
	io.WriterTo
	io.ReaderFrom
}

// write stores a step under its digest.
func (c *Ceremony) write(phase, number int, what serial) (Step, error) {
	c.tell.Start("write", 0)
	hash := sha256.New()
	temporary := filepath.Join(c.folder, fmt.Sprintf(".phase%d-%03d", phase, number))
	err := keys.Whole(temporary, func(out io.Writer) error {
		_, err := what.WriteTo(io.MultiWriter(out, hash))
		return err
	})
	if err != nil {
		return Step{}, err
	}
	digest := hex.EncodeToString(hash.Sum(nil))
	name := stepName(phase, number, digest)
	return Step{phase, number, digest, name}, os.Rename(temporary, filepath.Join(c.folder, name))
}

// read loads a step into an object of gnark's. Its digest is the name's, its size what the circuit asks for, and
// nothing follows it; gnark checks that points lie in their groups.
func (c *Ceremony) read(step Step, size int64, into serial) error {
	c.tell.Start(fmt.Sprintf("read phase %d, step %d", step.Phase, step.Number), 0)
	path := filepath.Join(c.folder, step.File)
	digest, err := digestOf(path)
	if err != nil {
		return err
	}
	refuse := func(why string) error { return &keys.Error{Code: Refused, At: step.File, Message: why} }
	if digest != step.Digest {
		return refuse("its digest is " + digest)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if size > 0 && info.Size() != size {
		return refuse(fmt.Sprintf("%d bytes, and %d are expected", info.Size(), size))
	}
	if step.Phase == 1 {
		if err := c.sameDomain(file); err != nil {
			return refuse(err.Error())
		}
	}
	in := bufio.NewReaderSize(file, 1<<20)
	if err := guarded(func() error { _, err := into.ReadFrom(in); return err }); err != nil {
		return refuse(err.Error())
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return refuse("more follows the contribution")
	}
	return nil
}

// Sizes of gnark's encoding: compressed points, a proof of an update, a challenge with its length.
const (
	pointG1    = 32
	pointG2    = 64
	updateSize = pointG1 + pointG2
	linkSize   = 1 + sha256.Size
)

// phase1Size is the size of a contribution to phase 1: three updates, the domain, beta, the powers, the link.
func phase1Size(domain uint64) int64 {
	n := int64(domain)
	return 3*updateSize + 8 + pointG2 + (2*n-2)*pointG1 + (n-1)*pointG2 + 2*n*pointG1 + linkSize
}

// sameDomain looks at the domain that a contribution claims before gnark makes room for it.
func (c *Ceremony) sameDomain(file *os.File) error {
	var buffer [8]byte
	if _, err := file.ReadAt(buffer[:], 3*updateSize); err != nil {
		return err
	}
	if n := binary.BigEndian.Uint64(buffer[:]); n != c.Domain {
		return fmt.Errorf("powers for a domain of %d, and %d are expected", n, c.Domain)
	}
	return nil
}

// sameShape compares the lengths that a contribution to phase 2 claims with those of the phase's beginning, before gnark
// makes room for them.
func (c *Ceremony) sameShape(step Step) error {
	steps, err := c.Steps(2)
	if err != nil {
		return err
	}
	want, err := shape(filepath.Join(c.folder, steps[0].File))
	if err != nil {
		return err
	}
	got, err := shape(filepath.Join(c.folder, step.File))
	want.size += sha256.Size // the link: the beginning has none
	if err != nil || got != want {
		return &keys.Error{Code: Refused, At: step.File, Message: fmt.Sprintf("points and bytes %v, and %v are expected", got, want)}
	}
	return nil
}

// sized checks that the beginning of phase 2 has as many points as the circuit asks for.
func (c *Ceremony) sized(step Step, system *keys.System) error {
	_, committed, private := sorted(system.R1CS, make([]struct{}, wiresOf(system.R1CS)))
	want := phase2Shape{1, uint32(len(private)), uint32(c.Domain - 1), uint32(len(committed)), 0}
	want.size = want.bytes()
	got, err := shape(filepath.Join(c.folder, step.File))
	if err != nil || got != want {
		return &keys.Error{Code: Refused, At: step.File, Message: fmt.Sprintf("points and bytes %v, and %v are expected", got, want)}
	}
	return nil
}

// phase2Shape is the numbers of commitments and of points for private wires, quotient and commitment, and of bytes.
type phase2Shape struct {
	commitments               uint16
	private, quotient, sigmas uint32
	size                      int64
}

// bytes is the size of a file with one commitment and no link: delta in both groups, sigma, the lists with their lengths,
// two updates, no challenge.
func (s phase2Shape) bytes() int64 {
	return 2 + 3*4 + pointG1*(1+int64(s.private)+int64(s.quotient)+int64(s.sigmas)) + 2*pointG2 + 2*updateSize + 1
}

// shape reads the lengths in a file of phase 2 with one commitment: delta in G1, two lists, delta in G2, a list. Lengths
// that the size belies are an error.
func shape(path string) (s phase2Shape, err error) {
	file, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return s, err
	}
	s.size = info.Size()
	at := int64(0)
	for _, part := range []struct {
		into any
		skip int64
	}{{&s.commitments, pointG1}, {&s.private, 0}, {&s.quotient, pointG2}, {&s.sigmas, 0}} {
		width := int64(binary.Size(part.into))
		if err := binary.Read(io.NewSectionReader(file, at, width), binary.BigEndian, part.into); err != nil {
			return s, err
		}
		at += width + part.skip
		if points, ok := part.into.(*uint32); ok {
			at += int64(*points) * pointG1
		}
	}
	if more := s.size - s.bytes(); s.commitments != 1 || more != 0 && more != sha256.Size {
		return s, fmt.Errorf("%d bytes hold no such lists", s.size)
	}
	return s, nil
}

func (c *Ceremony) evaluationsPath() string { return filepath.Join(c.folder, "phase2-evaluations") }

func (c *Ceremony) writeEvaluations(e evaluations) error {
	return keys.Whole(c.evaluationsPath(), func(out io.Writer) error {
		_, err := e.WriteTo(out)
		return err
	})
}

// readEvaluations reads lists of the lengths at hand. No digest names them: they are checked against the circuit.
func (c *Ceremony) readEvaluations(into evaluations) error {
	path := c.evaluationsPath()
	c.tell.Start("read evaluations", 0)
	file, err := os.Open(path)
	if err != nil {
		return &keys.Error{Code: Missing, At: path, Message: err.Error()}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() != into.size() {
		return &keys.Error{Code: Refused, At: path, Message: fmt.Sprintf("%d bytes, and %d are expected", info.Size(), into.size())}
	}
	if _, err := into.ReadFrom(file); err != nil {
		return &keys.Error{Code: Refused, At: path, Message: err.Error()}
	}
	return nil
}

// guarded turns a fall of gnark's over what it did not expect into an error.
func guarded(work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("malformed: %v", r)
		}
	}()
	return work()
}
