package flux

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

func answer(err error) *Response {
	return Handler(func(*Request) (*Response, error) { return nil, err }).Answer(&Request{})
}

func TestAnErrorIsAProblemAsJSON(t *testing.T) {
	detail := "é€🦀 \"quoted\" back\\slash /slash <&> \u2028 \x01\x7f\n\t"
	expected := "{\"title\":\"Client Error\",\"status\":418,\"detail\":\"é€🦀 \\\"quoted\\\" back\\\\slash /slash <&> \u2028 \\u0001\x7f\\n\\t\"}"
	for _, err := range []error{NewError(418, detail), fmt.Errorf("wrapped: %w", NewError(418, detail))} {
		response := answer(err)
		if response.Status != 418 || string(response.Body) != expected {
			t.Errorf("%d %s", response.Status, response.Body)
		}
		if !slices.Equal(response.Headers, Headers{{"content-type", "application/problem+json"}}) {
			t.Errorf("%v", response.Headers)
		}
	}
}

func TestWhatOtherErrorsSayIsNotForTheClient(t *testing.T) {
	expected := `{"title":"Internal Server Error","status":500,"detail":"the request could not be handled"}`
	for _, err := range []error{errors.New("table users"), nil} {
		response := answer(err)
		if response.Status != 500 || string(response.Body) != expected {
			t.Errorf("%d %s", response.Status, response.Body)
		}
	}
}

func TestATitleIsTheStatussOrAnother(t *testing.T) {
	titles := map[string]*Error{
		"Bad Request":           BadRequest(""),
		"Not Found":             NotFound(""),
		"Conflict":              Conflict(""),
		"Unprocessable Content": Unprocessable(""),
		"Bad Gateway":           BadGateway(""),
		"Server Error":          NewError(599, ""),
		"Mine":                  NotFound("").WithTitle("Mine"),
	}
	for title, problem := range titles {
		if problem.Title != title {
			t.Errorf("%s should be %s", problem.Title, title)
		}
	}
}

func TestAJobIsDoneRunAgainOrDiscarded(t *testing.T) {
	cases := []struct {
		err    error
		final  bool
		reason string
	}{
		{Retry("later"), false, "later"},
		{Discard(""), true, ""},
		{fmt.Errorf("wrapped: %w", Discard("never")), true, "never"},
		{errors.New("any other"), false, "any other"},
	}
	for _, test := range cases {
		failure := JobHandler(func(*Job) error { return test.err }).Run(&Job{})
		if failure == nil || failure.Final != test.final || failure.Reason != test.reason {
			t.Errorf("%v: %v", test.err, failure)
		}
	}
	if failure := JobHandler(func(*Job) error { return nil }).Run(&Job{}); failure != nil {
		t.Errorf("it was done: %v", failure)
	}
}

func TestAPayloadThatDoesNotFitIsDiscarded(t *testing.T) {
	var into struct{}
	failure, ok := errors.AsType[*Failure]((&Job{Payload: []byte("no JSON")}).JSON(&into))
	if !ok || !failure.Final {
		t.Errorf("%v", failure)
	}
}
