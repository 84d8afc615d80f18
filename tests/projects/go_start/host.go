//go:build host

package main

import "github.com/flux-run/flux/sdks/go/config"

var key, set = config.Secret("key")
