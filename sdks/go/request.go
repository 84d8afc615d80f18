package flux

import (
	"unicode/utf8"

	"github.com/flux-run/flux/sdks/go/internal/json"
)

// Request is a request to answer.
type Request struct {
	// Method in upper case.
	Method string
	// Path starts with a slash, percent-encoding kept.
	Path string
	// RawQuery is what follows the question mark; nil if there is none.
	RawQuery *string
	// Headers with names in lower case; equal names stand together, their values in the order received.
	Headers Headers
	// Body is empty if there is none.
	Body []byte
	// Params are the route's path parameters, percent-decoded.
	Params []Header
}

// Param returns a path parameter of the route, percent-decoded, and whether there is one.
func (r *Request) Param(name string) (string, bool) { return find(r.Params, name) }

// Header returns the first header of this name, whatever its case, and whether there is one.
func (r *Request) Header(name string) (string, bool) { return r.Headers.Get(name) }

// Query returns the first query parameter of this name, decoded, and whether there is one. It is there,
// and empty, in `?name=`.
func (r *Request) Query(name string) (string, bool) { return find(r.QueryAll(), name) }

// QueryAll returns all query parameters in their order, decoded.
func (r *Request) QueryAll() []Header {
	if r.RawQuery == nil {
		return nil
	}
	return query(*r.RawQuery)
}

// JSON reads the body as JSON. The error is an [Error]: a body that does not fit is a 400.
func (r *Request) JSON(into any) error {
	if err := json.Unmarshal(r.Body, into); err != nil {
		return BadRequest("the body is not as expected: " + err.Error())
	}
	return nil
}

// Text returns the body as text. The error is an [Error]: a body that is no UTF-8 is a 400.
func (r *Request) Text() (string, error) {
	if !utf8.Valid(r.Body) {
		return "", BadRequest("the body is not UTF-8")
	}
	return string(r.Body), nil
}

func find(pairs []Header, name string) (string, bool) {
	for _, pair := range pairs {
		if pair.Name == name {
			return pair.Value, true
		}
	}
	return "", false
}
