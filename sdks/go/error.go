package flux

import (
	"errors"

	"github.com/flux-run/flux/sdks/go/internal/json"
	"github.com/flux-run/flux/sdks/go/log"
)

// Error is an error as the client sees it: a problem of RFC 9457 as JSON.
//
// Every other error that a handler returns becomes a 500. What it says goes to the log and not to the
// client, who has no use for the names of tables.
type Error struct {
	// Title is the status's usual name, or another.
	Title string `json:"title"`
	// Status that the client gets.
	Status uint16 `json:"status"`
	// Detail is the text that the client gets.
	Detail string `json:"detail"`
}

// NewError is an error with any status; its title is the status's usual name.
func NewError(status uint16, detail string) *Error {
	return &Error{Title: title(status), Status: status, Detail: detail}
}

// BadRequest is 400: the request is not what it should be.
func BadRequest(detail string) *Error { return NewError(400, detail) }

// NotFound is 404: there is no such thing.
func NotFound(detail string) *Error { return NewError(404, detail) }

// Conflict is 409: it does not fit what is there.
func Conflict(detail string) *Error { return NewError(409, detail) }

// Unprocessable is 422: well formed, and yet not valid.
func Unprocessable(detail string) *Error { return NewError(422, detail) }

// BadGateway is 502: another service failed.
func BadGateway(detail string) *Error { return NewError(502, detail) }

// WithTitle gives it another title and returns it.
func (e *Error) WithTitle(title string) *Error {
	e.Title = title
	return e
}

// Error is the detail.
func (e *Error) Error() string { return e.Detail }

// Response is what the client gets.
func (e *Error) Response() *Response {
	// Two strings and a number are always JSON.
	body, _ := json.Marshal(e)
	return Status(e.Status).WithHeader("content-type", "application/problem+json").WithBody(body)
}

// Handler answers a request. An [Error] that it returns, wrapped or not, is the answer; every other error
// is a 500, and a line in the log.
type Handler func(request *Request) (*Response, error)

var errNoResponse = errors.New("the handler returned neither a response nor an error")

// Answer runs the handler and returns what the client gets, also if it fails.
func (h Handler) Answer(request *Request) *Response {
	response, err := h(request)
	if err == nil && response == nil {
		err = errNoResponse
	}
	if err == nil {
		return response
	}
	if problem, ok := errors.AsType[*Error](err); ok {
		return problem.Response()
	}
	log.Error("the handler failed", "error", err)
	return NewError(500, "the request could not be handled").Response()
}

func title(status uint16) string {
	switch status {
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 409:
		return "Conflict"
	case 412:
		return "Precondition Failed"
	case 413:
		return "Content Too Large"
	case 415:
		return "Unsupported Media Type"
	case 422:
		return "Unprocessable Content"
	case 429:
		return "Too Many Requests"
	case 500:
		return "Internal Server Error"
	case 501:
		return "Not Implemented"
	case 502:
		return "Bad Gateway"
	case 503:
		return "Service Unavailable"
	case 504:
		return "Gateway Timeout"
	}
	if status < 500 {
		return "Client Error"
	}
	return "Server Error"
}
