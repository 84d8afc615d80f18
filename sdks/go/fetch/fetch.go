// Package fetch sends HTTP requests. The hosts that may be reached are listed in flux.toml.
//
//	request := fetch.Post(url)
//	if err := request.SetJSON(order); err != nil {
//		return err
//	}
//	response, err := request.Send()
package fetch

import (
	"math"
	"time"

	flux "github.com/flux-run/flux/sdks/go"
	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_fetch"
	"github.com/flux-run/flux/sdks/go/internal/json"
	"github.com/flux-run/flux/sdks/go/internal/pairs"
	"github.com/flux-run/flux/sdks/go/internal/wit/types"
)

// Request is a request to send.
type Request struct {
	// Method in upper case.
	Method string
	// URL is absolute, http or https.
	URL string
	// Headers in the order they are sent.
	Headers flux.Headers
	// Body is empty if there is none.
	Body []byte
	// TimeoutMillis are milliseconds for the whole exchange; nil: the limit of flux.toml.
	TimeoutMillis *uint32
}

// NewRequest is a request without headers and body.
func NewRequest(method, url string) *Request { return &Request{Method: method, URL: url} }

// Get is a GET request.
func Get(url string) *Request { return NewRequest("GET", url) }

// Post is a POST request.
func Post(url string) *Request { return NewRequest("POST", url) }

// Put is a PUT request.
func Put(url string) *Request { return NewRequest("PUT", url) }

// Delete is a DELETE request.
func Delete(url string) *Request { return NewRequest("DELETE", url) }

// WithHeader adds a header and returns the request.
func (r *Request) WithHeader(name, value string) *Request {
	r.Headers.Add(name, value)
	return r
}

// WithBody sets the body and returns the request.
func (r *Request) WithBody(body []byte) *Request {
	r.Body = body
	return r
}

// WithTimeout limits the whole exchange, in whole milliseconds, and returns the request.
func (r *Request) WithTimeout(timeout time.Duration) *Request {
	millis := uint32(min(max(timeout, 0).Milliseconds(), math.MaxUint32))
	r.TimeoutMillis = &millis
	return r
}

// SetJSON sets a JSON body and its content type.
func (r *Request) SetJSON(value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	r.WithHeader("content-type", "application/json").WithBody(body)
	return nil
}

// Send sends it. Every status is a response; the error is an [Error].
func (r *Request) Send() (*Response, error) { return unwrap(wit.Send(r.lower())) }

// Result is a response, or why there is none.
type Result struct {
	// Response is nil if Err is not.
	Response *Response
	// Err is an [Error], or nil.
	Err error
}

// SendAll sends several requests at once; the results are in the order of the requests.
func SendAll(requests ...*Request) []Result {
	all := make([]wit.Request, len(requests))
	for i, request := range requests {
		all[i] = request.lower()
	}
	results := make([]Result, len(requests))
	for i, result := range wit.SendAll(all) {
		results[i].Response, results[i].Err = unwrap(result)
	}
	return results
}

func (r *Request) lower() wit.Request {
	return wit.Request{
		Method:    r.Method,
		Url:       r.URL,
		Headers:   pairs.Lower(r.Headers),
		Body:      r.Body,
		TimeoutMs: types.OptionOf(r.TimeoutMillis),
	}
}

func unwrap(result types.Result[wit.Response, wit.Error]) (*Response, error) {
	if result.Tag() == types.ResultErr {
		return nil, lift(result.Err())
	}
	response := result.Ok()
	return &Response{response.Status, pairs.Lift[flux.Header](response.Headers), response.Body}, nil
}
