// The conformance scenario: guests/CONFORMANCE.md says what it is for and how it is written.
//
// Each path makes a fixed sequence of calls and answers with what they gave, in the canonical text.
package main

import (
	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/http"
	"github.com/flux-run/flux/sdks/go/jobs"
)

func init() {
	http.Serve(handle)
	jobs.Serve(runJob)
}

// The host calls the handlers; main is never run.
func main() {}

func handle(request *flux.Request) (*flux.Response, error) {
	switch request.Path {
	case "/kv":
		return runKV()
	case "/db":
		return runDB()
	case "/queue":
		return runQueue()
	case "/fetch":
		return runFetch()
	case "/ambient":
		return runAmbient()
	case "/mirror":
		return mirror(request)
	case "/problem":
		return nil, flux.NewError(418, detail)
	case "/uncaught":
		return uncaught()
	case "/bug":
		return fail()
	default:
		return describe(request), nil
	}
}
