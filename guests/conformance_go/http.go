package main

import (
	"strconv"

	flux "github.com/flux-run/flux/sdks/go"
)

// The types of the HTTP handler themselves.

// What JSON has to escape, and what it has not.
const detail = "é€🦀 \"quoted\" back\\slash /slash <&> \u2028 \x01\x7f\n\t"

// describe writes down the request, as it was lifted.
func describe(request *flux.Request) *flux.Response {
	var report Report
	report.line("http", "method", request.Method)
	report.line("http", "path", request.Path)
	report.line("http", "query", request.RawQuery)
	report.line("http", "headers", request.Headers)
	report.line("http", "body", request.Body)
	report.line("http", "params", request.Params)
	return report.respond()
}

// mirror is a response of the request's own headers and body, with the status that its parameter says.
func mirror(request *flux.Request) (*flux.Response, error) {
	text, _ := request.Param("status")
	status, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, flux.BadRequest("which status?")
	}
	return &flux.Response{Status: uint16(status), Headers: request.Headers, Body: request.Body}, nil
}
