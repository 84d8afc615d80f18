package main

import (
	"os"
	"strings"
	"testing"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/http"
	"github.com/flux-run/flux/sdks/go/jobs"
)

func TestOtherPathsAreNotFound(t *testing.T) {
	response := http.Answer(&flux.Request{Method: "GET", Path: "/users"})
	if response.Status != 404 {
		t.Errorf("it answers %d", response.Status)
	}
}

func TestAPayloadThatIsNoAddressIsDiscarded(t *testing.T) {
	failure := jobs.Run(&flux.Job{Queue: "mail", Payload: []byte("7")})
	if failure == nil || !failure.Final {
		t.Errorf("it ends with %v", failure)
	}
}

// The README shows this program whole.
func TestTheREADMEHasThisProgram(t *testing.T) {
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "```go\n"+string(program)+"```\n") {
		t.Error("README.md shows another program than examples/users/main.go")
	}
}
