package flux

import (
	"fmt"

	"github.com/flux-run/flux/sdks/go/internal/json"
)

// Response is the answer to a request.
type Response struct {
	// Status such as 200.
	Status uint16
	// Headers in the order they are sent.
	Headers Headers
	// Body is empty if there is none.
	Body []byte
}

// Status is a response without headers and body.
func Status(status uint16) *Response { return &Response{Status: status} }

// Text is a response of plain text.
func Text(status uint16, text string) *Response {
	return Status(status).WithHeader("content-type", "text/plain; charset=utf-8").WithBody([]byte(text))
}

// JSON is a response of JSON. It fails if the value cannot be written as JSON, which makes it the last
// line of a handler: `return flux.JSON(200, user)`.
func JSON(status uint16, value any) (*Response, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("the response is no JSON: %w", err)
	}
	return Status(status).WithHeader("content-type", "application/json").WithBody(body), nil
}

// WithHeader adds a header and returns the response.
func (r *Response) WithHeader(name, value string) *Response {
	r.Headers.Add(name, value)
	return r
}

// WithBody sets the body and returns the response.
func (r *Response) WithBody(body []byte) *Response {
	r.Body = body
	return r
}

// Marshal writes a value as JSON with the bytes that every Flux SDK writes: nothing is escaped that need
// not be. A float64 that is a whole number is the exception: Go writes `1`, other languages `1.0`.
func Marshal(value any) ([]byte, error) { return json.Marshal(value) }

// Unmarshal reads a value from JSON. It refuses what is no UTF-8, as every Flux SDK does.
func Unmarshal(text []byte, into any) error { return json.Unmarshal(text, into) }
