package main

import (
	"math"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/config"
	"github.com/flux-run/flux/sdks/go/fetch"
)

// `/fetch`: outgoing requests, to a server that answers by path.

func runFetch() (*flux.Response, error) {
	var report Report
	base, err := config.Require("fetch_url")
	if err != nil {
		return nil, err
	}
	for _, request := range answeredRequests(base) {
		report.line("fetch.send", request.Method, either(request.Send()))
	}
	failing, err := failingRequests(base)
	if err != nil {
		return nil, err
	}
	for _, request := range failing {
		report.line("fetch.send", "failing", either(request.Send()))
	}
	report.line("fetch.send-all", "none", fetch.SendAll())
	report.line("fetch.send-all", "several", fetch.SendAll(
		fetch.Get(base+"/status/204"),
		fetch.Get("http://denied.invalid/"),
		limited(fetch.Post(base+"/echo").WithHeader("x-order", "3").WithBody(edgeBytes), math.MaxUint32),
	))
	return report.respond(), nil
}

func limited(request *fetch.Request, millis uint32) *fetch.Request {
	request.TimeoutMillis = &millis
	return request
}

func answeredRequests(base string) []*fetch.Request {
	echo := base + "/echo"
	many := flux.Headers{{Name: "x-twice", Value: "1"}, {Name: "x-twice", Value: "2"}, {Name: "x-empty"}, {Name: "x-text", Value: "é€🦀"}}
	return []*fetch.Request{
		fetch.Get(echo),
		{Method: "POST", URL: echo, Headers: many, Body: []byte("body"), TimeoutMillis: new(uint32(60_000))},
		limited(fetch.Put(echo).WithBody(edgeBytes), math.MaxUint32),
		fetch.NewRequest("PATCH", echo).WithHeader("content-type", "application/octet-stream").WithBody(largeBytes()),
		fetch.Delete(echo + "?a=1&b=%C3%A9"),
		fetch.NewRequest("HEAD", base+"/status/200"),
		fetch.Get(base + "/status/404"),
		fetch.Get(base + "/status/599"),
		fetch.Get(base + "/headers"),
		fetch.Get(base + "/bytes"),
		fetch.Get(base + "/large"),
	}
}

// failingRequests has one for every case of the error, in the contract's order.
func failingRequests(base string) ([]*fetch.Request, error) {
	tls, err := config.Require("tls_url")
	if err != nil {
		return nil, err
	}
	return []*fetch.Request{
		fetch.Get("http://denied.invalid/"),
		fetch.Get(""),
		fetch.NewRequest("G T", base+"/echo"),
		fetch.Get(base+"/echo").WithHeader("x-text", edgeText),
		fetch.Get("http://nowhere.invalid/"),
		fetch.Get("http://127.0.0.1:1/"),
		fetch.Get(tls),
		limited(fetch.Get(base+"/never"), 20),
		fetch.Get(base + "/too-large"),
		fetch.Get(base + "/garbage"),
	}, nil
}
