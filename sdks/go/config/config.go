// Package config has the values that flux.toml gives to the guest.
package config

import (
	"fmt"

	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_config"
)

// Get returns a value of [config], and whether it is set: not set is not the same as empty.
func Get(key string) (string, bool) { return wit.Get(key).Get() }

// Require returns a value of [config] that the guest cannot do without. The error is a [MissingError].
func Require(key string) (string, error) { return require("config", key, Get) }

// Secret returns a value of [secrets], and whether it is set. It is never written to a journal.
func Secret(name string) (string, bool) { return wit.Secret(name).Get() }

// RequireSecret returns a secret that the guest cannot do without. The error is a [MissingError].
func RequireSecret(name string) (string, error) { return require("secrets", name, Secret) }

// MissingError: a required value is not set.
type MissingError struct {
	// Section of flux.toml: `config` or `secrets`.
	Section string
	// Key that is not there.
	Key string
}

// Error says what is not set, and where.
func (e *MissingError) Error() string {
	return fmt.Sprintf("`%s` is not set in [%s] of flux.toml", e.Key, e.Section)
}

func require(section, key string, get func(string) (string, bool)) (string, error) {
	value, set := get(key)
	if !set {
		return "", &MissingError{section, key}
	}
	return value, nil
}
