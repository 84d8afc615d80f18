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

// titles are the usual names of statuses. A list, and no map: it is data, and costs no start of a guest anything.
var titles = [...]struct {
	status uint16
	title  string
}{
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{402, "Payment Required"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{407, "Proxy Authentication Required"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{410, "Gone"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{423, "Locked"},
	{424, "Failed Dependency"},
	{425, "Too Early"},
	{426, "Upgrade Required"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{451, "Unavailable For Legal Reasons"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{505, "HTTP Version Not Supported"},
	{506, "Variant Also Negotiates"},
	{507, "Insufficient Storage"},
	{508, "Loop Detected"},
	{511, "Network Authentication Required"},
}

func title(status uint16) string {
	for _, it := range titles {
		if it.status == status {
			return it.title
		}
	}
	if status < 500 {
		return "Client Error"
	}
	return "Server Error"
}
