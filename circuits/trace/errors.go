package trace

import "fmt"

// Codes of errors: stable, for programs.
const (
	Unreadable    = "TRACE_UNREADABLE" // no JSON, or not an object
	UnknownClass  = "UNKNOWN_CLASS"
	UnknownColumn = "UNKNOWN_COLUMN" // a name that the layout does not have
	TooManyRows   = "TOO_MANY_ROWS"  // more than the size class has slots
	WrongLength   = "WRONG_LENGTH"   // of an access, a stored row, a vector, the words
	WrongShape    = "WRONG_SHAPE"    // a list where an object belongs, and the like
	NotANumber    = "NOT_A_NUMBER"
	OutOfField    = "OUT_OF_FIELD"
	UnknownPath   = "UNKNOWN_PATH"   // of an override
	EngineStopped = "ENGINE_STOPPED" // the circuit could not be run over this witness to its end
)

// Error says what is wrong with a trace, and where in it.
type Error struct {
	Code    string `json:"code"`
	At      string `json:"at"`
	Message string `json:"message"`
}

func (e *Error) Error() string {
	if e.At == "" {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s: %s: %s", e.Code, e.At, e.Message)
}

func fault(code string, at path, format string, args ...any) *Error {
	return &Error{Code: code, At: at.String(), Message: fmt.Sprintf(format, args...)}
}
