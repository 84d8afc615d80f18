// Package http answers HTTP requests. A guest that imports it exports the handler of HTTP requests, and
// one that does not, does not.
//
//	func init() {
//		http.Handle("GET /orders/{id}", order)
//	}
//
// Handlers are given in an init function: main is not run, since a guest is no program that ends.
package http

import (
	flux "github.com/flux-run/flux/sdks/go"
	export "github.com/flux-run/flux/sdks/go/internal/exports/export_flux_host_http_handler"
	_ "github.com/flux-run/flux/sdks/go/internal/httpexport" // the export itself
	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_http_handler"
	"github.com/flux-run/flux/sdks/go/internal/pairs"
)

var (
	router  flux.Router
	handler flux.Handler = router.Serve
)

func init() {
	export.Handle = func(request wit.Request) wit.Response {
		response := Answer(&flux.Request{
			Method:   request.Method,
			Path:     request.Path,
			RawQuery: request.Query.Pointer(),
			Headers:  pairs.Lift[flux.Header](request.Headers),
			Body:     request.Body,
			Params:   pairs.Lift[flux.Header](request.Params),
		})
		return wit.Response{
			Status:  response.Status,
			Headers: pairs.Lower(response.Headers),
			Body:    response.Body,
		}
	}
}

// Handle answers the requests that a pattern matches, such as `GET /orders/{id}`: see [flux.Router].
func Handle(pattern string, answer flux.Handler) { router.Handle(pattern, answer) }

// Serve answers all requests with one handler, in place of the routes of [Handle].
func Serve(answer flux.Handler) { handler = answer }

// Answer answers a request as the host has it answered: by its handler, and an error by its response. The
// host needs no such call; tests do.
func Answer(request *flux.Request) *flux.Response { return handler.Answer(request) }
