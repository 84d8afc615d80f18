package fetch

import (
	"errors"
	"unicode/utf8"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/internal/json"
)

// Response is a response of any status.
type Response struct {
	// Status such as 200.
	Status uint16
	// Headers in the order received.
	Headers flux.Headers
	// Body is empty if there is none.
	Body []byte
}

// IsSuccess tells whether the status is 200 to 299.
func (r *Response) IsSuccess() bool { return r.Status >= 200 && r.Status < 300 }

// Header returns the first header of this name, whatever its case, and whether there is one.
func (r *Response) Header(name string) (string, bool) { return r.Headers.Get(name) }

// JSON reads the body as JSON.
func (r *Response) JSON(into any) error { return json.Unmarshal(r.Body, into) }

// Text returns the body as text, which is UTF-8.
func (r *Response) Text() (string, error) {
	if !utf8.Valid(r.Body) {
		return "", errors.New("the body is not UTF-8")
	}
	return string(r.Body), nil
}
