package db

import wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_db"

// Code is the case of an [Error], by its name in the contract.
type Code string

// The cases of an [Error].
const (
	// Denied: not allowed by flux.toml, or by a policy.
	Denied Code = "denied"
	// Invalid: does not parse, or names what does not exist.
	Invalid Code = "invalid"
	// Constraint: unique, foreign key, check or not null; the detail is the constraint's name.
	Constraint Code = "constraint"
	// Conflict: a serialisation failure or a deadlock: safe to run again.
	Conflict Code = "conflict"
	// Timeout: the statement ran longer than its limit.
	Timeout Code = "timeout"
	// Unavailable: the database cannot be reached.
	Unavailable Code = "unavailable"
)

// Error is why a statement did not run.
type Error struct {
	// Code is the case.
	Code Code
	// Message is the database's own words, or the host's reason; empty for [Timeout].
	Message string
	// Detail is the constraint's name in [Constraint]; nil if there is none.
	Detail *string
}

// Error says what happened.
func (e *Error) Error() string {
	switch e.Code {
	case Denied:
		return "the database is denied: " + e.Message
	case Invalid:
		return "the statement is invalid: " + e.Message
	case Constraint:
		return "a constraint failed: " + e.Message
	case Conflict:
		return "a conflict: " + e.Message
	case Timeout:
		return "the statement ran too long"
	default:
		return "the database is unavailable: " + e.Message
	}
}

func lift(err wit.Error) *Error {
	failed := func(code Code, failure wit.Failure) *Error {
		return &Error{code, failure.Message, failure.Detail.Pointer()}
	}
	switch err.Tag() {
	case wit.Error_Denied:
		return &Error{Code: Denied, Message: err.Denied()}
	case wit.Error_Invalid:
		return failed(Invalid, err.Invalid())
	case wit.Error_Constraint:
		return failed(Constraint, err.Constraint())
	case wit.Error_Conflict:
		return failed(Conflict, err.Conflict())
	case wit.Error_Timeout:
		return &Error{Code: Timeout}
	default:
		return &Error{Code: Unavailable, Message: err.Unavailable()}
	}
}
