package keys

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	groth16 "github.com/consensys/gnark/backend/groth16/bn254"
)

// shortDigest is how much of a digest a file's name carries.
const shortDigest = 16

// Pair is a proving and a verifying key, and their record.
type Pair struct {
	Proving   *groth16.ProvingKey
	Verifying *groth16.VerifyingKey
	Record    Record
}

// header is the first line of a proving key's file.
type header struct {
	Format      string `json:"format"`
	Class       string `json:"class"`
	System      string `json:"system"`
	Development bool   `json:"development"`
}

const provingFormat = "novate proving key 1"

// Path of a key's file; kind is proving, verifying or json.
func Path(dir, class, system, kind string) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%s.%s", class, system[:shortDigest], kind))
}

// Save writes a pair of development keys. The record comes last: while it is missing there is no key.
func Save(dir, class string, number int, system string, constraints int, pk *groth16.ProvingKey, vk *groth16.VerifyingKey) (Record, error) {
	return SaveCeremony(dir, class, number, system, constraints, "", pk, vk)
}

// SaveCeremony writes a pair of keys that a ceremony made, with the digest of its transcript; without one they are
// development keys.
func SaveCeremony(dir, class string, number int, system string, constraints int, transcript string, pk *groth16.ProvingKey, vk *groth16.VerifyingKey) (Record, error) {
	record, err := newRecord(vk)
	if err != nil {
		return Record{}, err
	}
	record.Development, record.Transcript = transcript == "", transcript
	record.Class, record.ClassNumber, record.System, record.Constraints = class, number, system, constraints
	hash := sha256.New()
	err = Whole(Path(dir, class, system, "proving"), func(out io.Writer) error {
		out = io.MultiWriter(out, hash)
		line, err := json.Marshal(header{provingFormat, class, system, record.Development})
		if err != nil {
			return err
		}
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
		return pk.WriteDump(out)
	})
	if err != nil {
		return Record{}, err
	}
	err = Whole(Path(dir, class, system, "verifying"), func(out io.Writer) error {
		_, err := vk.WriteRawTo(out)
		return err
	})
	if err != nil {
		return Record{}, err
	}
	record.Proving = hex.EncodeToString(hash.Sum(nil))
	return record, WriteJSON(Path(dir, class, system, "json"), record)
}

// LoadRecord reads and checks the record of a class and system.
func LoadRecord(dir, class, system string) (Record, error) {
	path := Path(dir, class, system, "json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, &Error{KeyMissing, path, "no key of this circuit: run prover setup"}
	}
	if err != nil {
		return Record{}, err
	}
	var r Record
	if err := json.Unmarshal(text, &r); err != nil || r.Format != RecordFormat {
		return Record{}, &Error{KeyCorrupt, path, "not a record of a verifying key"}
	}
	if r.Class != class || r.System != system {
		return Record{}, &Error{KeyMismatch, path, fmt.Sprintf("a key of class %s, system %s; wanted %s, %s", r.Class, r.System, class, system)}
	}
	return r, nil
}

// Replaceable refuses to write new keys over those of a ceremony, be they whole or not: nobody can make them again alone.
func Replaceable(dir, class, system string) error {
	record, err := LoadRecord(dir, class, system)
	if err == nil && !record.Development {
		return &Error{KeyPrecious, Path(dir, class, system, "json"), "a ceremony made this key: move it away first"}
	}
	return nil
}

// WriteJSON writes a value as text for people and programs.
func WriteJSON(path string, value any) error {
	return Whole(path, func(out io.Writer) error {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	})
}

// LoadVerifying reads the verifying key of a class and system.
func LoadVerifying(dir, class, system string) (*groth16.VerifyingKey, Record, error) {
	record, err := LoadRecord(dir, class, system)
	if err != nil {
		return nil, Record{}, err
	}
	path := Path(dir, class, system, "verifying")
	file, err := os.Open(path)
	if err != nil {
		return nil, Record{}, &Error{KeyMissing, path, err.Error()}
	}
	defer file.Close()
	vk := &groth16.VerifyingKey{}
	if _, err := vk.ReadFrom(bufio.NewReader(file)); err != nil {
		return nil, Record{}, &Error{KeyCorrupt, path, err.Error()}
	}
	found, err := newRecord(vk)
	if err != nil {
		return nil, Record{}, err
	}
	if found.Digest != record.Digest || record.Digest != record.digest() {
		return nil, Record{}, &Error{KeyCorrupt, path, "the key and its record differ"}
	}
	return vk, record, nil
}

// Load reads the keys of a class and system, and checks that they are.
func Load(dir, class, system string) (*Pair, error) {
	vk, record, err := LoadVerifying(dir, class, system)
	if err != nil {
		return nil, err
	}
	pk, err := loadProving(dir, record)
	if err != nil {
		return nil, err
	}
	return &Pair{pk, vk, record}, nil
}

func loadProving(dir string, record Record) (*groth16.ProvingKey, error) {
	path := Path(dir, record.Class, record.System, "proving")
	file, err := os.Open(path)
	if err != nil {
		return nil, &Error{KeyMissing, path, err.Error()}
	}
	defer file.Close()
	hash := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(file, hash), 1<<20)
	line, err := in.ReadBytes('\n')
	var h header
	if err != nil || json.Unmarshal(bytes.TrimSpace(line), &h) != nil || h.Format != provingFormat {
		return nil, &Error{KeyCorrupt, path, "not a proving key"}
	}
	if h.Class != record.Class || h.System != record.System {
		return nil, &Error{KeyMismatch, path, fmt.Sprintf("a key of class %s, system %s", h.Class, h.System)}
	}
	pk := &groth16.ProvingKey{}
	if err := pk.ReadDump(in); err != nil {
		return nil, &Error{KeyCorrupt, path, err.Error()}
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return nil, &Error{KeyCorrupt, path, err.Error()}
	}
	if hex.EncodeToString(hash.Sum(nil)) != record.Proving {
		return nil, &Error{KeyCorrupt, path, "its digest is not the record's"}
	}
	return pk, nil
}

// Whole writes a file that appears when it is complete, and not before.
func Whole(path string, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	out := bufio.NewWriterSize(file, 1<<20)
	if err := write(out); err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := errors.Join(file.Chmod(0o644), file.Sync()); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
