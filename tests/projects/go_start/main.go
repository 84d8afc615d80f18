// Draws what must be an execution's own. With a tag it does at its start what only a handler may.
package main

import (
	"crypto/rand"
	"fmt"
	randv2 "math/rand/v2"
	"time"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/http"
	"github.com/flux-run/flux/sdks/go/random"
)

func init() {
	http.Serve(func(*flux.Request) (*flux.Response, error) {
		number := randv2.New(random.Source{}).Uint64()
		return flux.Text(200, fmt.Sprintln(time.Now().UnixNano(), rand.Text(), number)), nil
	})
}

// The host calls the handler; main is never run.
func main() {}
