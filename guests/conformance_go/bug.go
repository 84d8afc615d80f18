package main

import flux "github.com/flux-run/flux/sdks/go"

// fail is a bug, for the record of one: its text and its line must be there. It never returns.
func fail() (*flux.Response, error) {
	panic("a bug of the guest")
}
