package kv

import wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_kv"

// Code is the case of an [Error], by its name in the contract.
type Code string

// The cases of an [Error].
const (
	// Denied: not allowed by flux.toml, or by a policy.
	Denied Code = "denied"
	// TooLarge: the key or the value is over its limit.
	TooLarge Code = "too-large"
	// Unavailable: the store cannot be reached.
	Unavailable Code = "unavailable"
)

// Error is why a bucket did not do as asked.
type Error struct {
	// Code is the case.
	Code Code
	// Reason is the host's; empty for [TooLarge].
	Reason string
}

// Error says what happened.
func (e *Error) Error() string {
	switch e.Code {
	case Denied:
		return "the bucket is denied: " + e.Reason
	case TooLarge:
		return "the key or the value is too large for the bucket"
	default:
		return "the bucket is unavailable: " + e.Reason
	}
}

func lift(err wit.Error) *Error {
	switch err.Tag() {
	case wit.Error_Denied:
		return &Error{Denied, err.Denied()}
	case wit.Error_TooLarge:
		return &Error{Code: TooLarge}
	default:
		return &Error{Unavailable, err.Unavailable()}
	}
}
