package keys

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	cs "github.com/consensys/gnark/constraint/bn254"
	"github.com/consensys/gnark/frontend"
)

// System is a compiled circuit and its digest.
type System struct {
	*cs.R1CS
	Digest string
}

// systemHeader is the first line of a cached system's file.
type systemHeader struct {
	Format      string `json:"format"`
	Program     string `json:"program"` // digest of what compiled it
	System      string `json:"system"`
	Constraints int    `json:"constraints"`
	SHA256      string `json:"sha256"` // of what follows
}

const systemFormat = "novate constraint system 1"

// LoadOrCompile compiles the circuit of a class, or reads what this very program compiled before. An empty folder name
// means no cache.
func LoadOrCompile(dir, class string, circuit func() frontend.Circuit, progress *Progress) (*System, error) {
	program, err := programDigest()
	if err != nil {
		return nil, err
	}
	path := systemPath(dir, class, program)
	if _, err := os.Stat(path); dir != "" && err == nil {
		progress.Start("load system", 0)
		if system, err := readSystem(path, program); err == nil {
			return system, nil
		}
	}
	progress.Start("compile", 0)
	compiled, err := Compile(circuit())
	if err != nil {
		return nil, err
	}
	system := &System{compiled, Digest(compiled)}
	if dir == "" {
		return system, nil
	}
	removeOlder(dir, class)
	return system, writeSystem(path, program, system)
}

// removeOlder removes what other programs compiled.
func removeOlder(dir, class string) {
	older, _ := filepath.Glob(filepath.Join(dir, class+"-*.system"))
	for _, path := range older {
		os.Remove(path)
	}
}

func systemPath(dir, class, program string) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%s.system", class, program[:shortDigest]))
}

// CompiledConstraints is the number of constraints of a class's circuit, if this program compiled it into the folder.
func CompiledConstraints(dir, class string) (int, bool) {
	program, err := programDigest()
	if err != nil || dir == "" {
		return 0, false
	}
	file, err := os.Open(systemPath(dir, class, program))
	if err != nil {
		return 0, false
	}
	defer file.Close()
	h, err := readSystemHeader(bufio.NewReader(file))
	return h.Constraints, err == nil && h.Program == program
}

func readSystemHeader(in *bufio.Reader) (systemHeader, error) {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return systemHeader{}, err
	}
	var h systemHeader
	if err := json.Unmarshal(line, &h); err != nil {
		return systemHeader{}, err
	}
	if h.Format != systemFormat {
		return systemHeader{}, fmt.Errorf("not a constraint system")
	}
	return h, nil
}

// readSystem reads a cached system; any fault means that there is none.
func readSystem(path, program string) (*System, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 1<<20)
	h, err := readSystemHeader(in)
	if err != nil || h.Program != program {
		return nil, &Error{SystemCorrupt, path, "not a system of this program"}
	}
	hash := sha256.New()
	system := &cs.R1CS{}
	if _, err := system.ReadFrom(io.TeeReader(in, hash)); err != nil {
		return nil, &Error{SystemCorrupt, path, err.Error()}
	}
	if hex.EncodeToString(hash.Sum(nil)) != h.SHA256 {
		return nil, &Error{SystemCorrupt, path, "its digest is not the header's"}
	}
	if _, err := commitment(system); err != nil {
		return nil, err
	}
	return &System{system, h.System}, nil
}

func writeSystem(path, program string, system *System) error {
	var body bytes.Buffer
	if _, err := system.WriteTo(&body); err != nil {
		return err
	}
	sum := sha256.Sum256(body.Bytes())
	line, err := json.Marshal(systemHeader{systemFormat, program, system.Digest, system.GetNbConstraints(), hex.EncodeToString(sum[:])})
	if err != nil {
		return err
	}
	return Whole(path, func(out io.Writer) error {
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
		_, err := out.Write(body.Bytes())
		return err
	})
}

// programDigest is SHA-256 of the running program's file.
func programDigest() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
