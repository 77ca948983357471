package keys

import "fmt"

// Codes of errors: stable, for programs.
const (
	KeyMissing    = "KEY_MISSING"    // no key of this class and system in the folder
	KeyMismatch   = "KEY_MISMATCH"   // the file is the key of something else
	KeyCorrupt    = "KEY_CORRUPT"    // the file is not what was written
	KeyPrecious   = "KEY_PRECIOUS"   // a ceremony made the key: it is not replaced
	SystemCorrupt = "SYSTEM_CORRUPT" // a cached constraint system is not what was written
)

// Error says what is wrong with a file.
type Error struct {
	Code    string `json:"code"`
	At      string `json:"at"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %s: %s", e.Code, e.At, e.Message) }
