// Package kv has key-value buckets, opened by the label they have in flux.toml. Keys are text, values are
// bytes.
//
//	locks, err := kv.Open("locks")
//	...
//	locked, err := locks.SetWith(name, []byte("mine"), kv.TTL(30*time.Second), kv.IfAbsent())
package kv

import (
	"time"

	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_kv"
	"github.com/flux-run/flux/sdks/go/internal/json"
	"github.com/flux-run/flux/sdks/go/internal/wit/types"
)

// Bucket is an open bucket. The errors of its methods are of type [Error].
type Bucket struct{ host *wit.Bucket }

// Entry is a value, and its version for compare-and-swap.
type Entry struct {
	// Value is what was set.
	Value []byte
	// Version is what [IfVersion] takes.
	Version string
}

// JSON reads the value as JSON.
func (e Entry) JSON(into any) error { return json.Unmarshal(e.Value, into) }

// Page is a page of keys in ascending order.
type Page struct {
	// Keys of the page.
	Keys []string
	// Next is the cursor of the page that follows; nil after the last.
	Next *string
}

// Open opens the bucket with this label.
func Open(name string) (*Bucket, error) {
	host, err := unwrap(wit.BucketOpen(name))
	if err != nil {
		return nil, err
	}
	return &Bucket{host}, nil
}

// Close gives the bucket back. What is not closed is, when the execution ends.
func (b *Bucket) Close() { b.host.Drop() }

// Get returns the value of a key, and whether it has one whose time is not over.
func (b *Bucket) Get(key string) (Entry, bool, error) {
	option, err := unwrap(b.host.Get(key))
	entry, found := option.Get()
	return Entry{entry.Value, entry.Version}, found, err
}

// GetJSON reads the value of a key as JSON, and tells whether it has one whose time is not over.
func (b *Bucket) GetJSON(key string, into any) (bool, error) {
	entry, found, err := b.Get(key)
	if err != nil {
		return false, json.CallFailed(err)
	}
	if !found {
		return false, nil
	}
	if err := entry.JSON(into); err != nil {
		return false, json.Mismatch(err)
	}
	return true, nil
}

// SetOption is how a value is set.
type SetOption func(options *wit.SetOptions)

// TTL is the time until the value is gone, in whole milliseconds.
func TTL(ttl time.Duration) SetOption { return TTLMillis(uint64(max(ttl, 0).Milliseconds())) }

// TTLMillis is as [TTL], for times longer than a duration can be.
func TTLMillis(millis uint64) SetOption {
	return func(options *wit.SetOptions) { options.TtlMs = types.Some(millis) }
}

// IfAbsent sets only if the key has no value.
func IfAbsent() SetOption {
	return func(options *wit.SetOptions) { options.OnlyIf = types.Some(wit.MakeConditionAbsent()) }
}

// IfVersion sets only if the value still has this version.
func IfVersion(version string) SetOption {
	return func(options *wit.SetOptions) { options.OnlyIf = types.Some(wit.MakeConditionVersion(version)) }
}

// Set sets a value, to stay, whatever was there.
func (b *Bucket) Set(key string, value []byte) error {
	_, err := b.SetWith(key, value)
	return err
}

// SetJSON sets a value as JSON, to stay, whatever was there.
func (b *Bucket) SetJSON(key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return json.Mismatch(err)
	}
	if err := b.Set(key, text); err != nil {
		return json.CallFailed(err)
	}
	return nil
}

// SetWith sets a value as the options say. False: the condition did not hold, and nothing changed.
func (b *Bucket) SetWith(key string, value []byte, options ...SetOption) (bool, error) {
	var all wit.SetOptions
	for _, set := range options {
		set(&all)
	}
	return unwrap(b.host.Set(key, value, all))
}

// Delete deletes a value. False: there was nothing to delete.
func (b *Bucket) Delete(key string) (bool, error) { return unwrap(b.host.Delete(key)) }

// Increment adds to a decimal integer (0 if absent) and returns the sum.
func (b *Bucket) Increment(key string, by int64) (int64, error) {
	return unwrap(b.host.Increment(key, by))
}

func unwrap[T any](result types.Result[T, wit.Error]) (T, error) {
	if result.Tag() == types.ResultErr {
		var none T
		return none, lift(result.Err())
	}
	return result.Ok(), nil
}
