package fetch

import wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_fetch"

// Code is the case of an [Error], by its name in the contract.
type Code string

// The cases of an [Error].
const (
	// Denied: not allowed by flux.toml, or by a policy.
	Denied Code = "denied"
	// Invalid: no valid request: method, URL or header.
	Invalid Code = "invalid"
	// DNS: the host's name has no address.
	DNS Code = "dns"
	// Connect: no connection.
	Connect Code = "connect"
	// TLS: no trusted connection.
	TLS Code = "tls"
	// Timeout: the exchange took too long.
	Timeout Code = "timeout"
	// TooLarge: the request or the response is over its limit.
	TooLarge Code = "too-large"
	// Protocol: the other side does not speak HTTP as it should.
	Protocol Code = "protocol"
)

// Error is why there is no response.
type Error struct {
	// Code is the case.
	Code Code
	// Reason is the host's; empty for [Timeout] and [TooLarge].
	Reason string
}

// Error says what happened.
func (e *Error) Error() string {
	switch e.Code {
	case Denied:
		return "the request is denied: " + e.Reason
	case Invalid:
		return "the request is invalid: " + e.Reason
	case DNS:
		return "the host was not found: " + e.Reason
	case Connect:
		return "no connection: " + e.Reason
	case TLS:
		return "no secure connection: " + e.Reason
	case Timeout:
		return "the request took too long"
	case TooLarge:
		return "the request or its response is too large"
	default:
		return "the response is no HTTP: " + e.Reason
	}
}

func lift(err wit.Error) *Error {
	switch err.Tag() {
	case wit.Error_Denied:
		return &Error{Denied, err.Denied()}
	case wit.Error_Invalid:
		return &Error{Invalid, err.Invalid()}
	case wit.Error_Dns:
		return &Error{DNS, err.Dns()}
	case wit.Error_Connect:
		return &Error{Connect, err.Connect()}
	case wit.Error_Tls:
		return &Error{TLS, err.Tls()}
	case wit.Error_Timeout:
		return &Error{Code: Timeout}
	case wit.Error_TooLarge:
		return &Error{Code: TooLarge}
	default:
		return &Error{Protocol, err.Protocol()}
	}
}
