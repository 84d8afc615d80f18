package main

import (
	"math"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/kv"
)

// `/kv`: buckets.

// The keys that the host answers with an error.
var failingKeys = []string{"denied", "too-large", "unavailable"}

func runKV() (*flux.Response, error) {
	var report Report
	_, err := kv.Open("missing")
	report.line("kv.open", "missing", ended(err))
	main, err := kv.Open("main")
	if err != nil {
		return nil, err
	}
	other, err := kv.Open(edgeText)
	if err != nil {
		return nil, err
	}
	get(&report, main)
	report.line("kv.get", "text", found(other.Get("text")))
	if err := set(&report, main); err != nil {
		return nil, err
	}
	remove(&report, main)
	increment(&report, main)
	pages(&report, main)
	return report.respond(), nil
}

// uncaught is an error that no handler looks at.
func uncaught() (*flux.Response, error) {
	if _, err := kv.Open("missing"); err != nil {
		return nil, err
	}
	return flux.Status(204), nil
}

func get(report *Report, bucket *kv.Bucket) {
	keys := []string{"absent", "empty", "text", "bytes", "large", "", edgeText}
	for _, key := range append(keys, failingKeys...) {
		report.line("kv.get", key, found(bucket.Get(key)))
	}
}

func found(entry kv.Entry, there bool, err error) any { return either(maybe(entry, there), err) }

func set(report *Report, bucket *kv.Bucket) error {
	set := func(key string, value []byte, options ...kv.SetOption) {
		report.line("kv.set", key, either(bucket.SetWith(key, value, options...)))
	}
	set("plain", []byte("value"))
	set("", nil, kv.TTLMillis(0))
	set(edgeText, edgeBytes, kv.TTLMillis(1), kv.IfAbsent())
	set("ttl", []byte("1"), kv.TTLMillis(beyondDouble), kv.IfVersion(""))
	set("ttl", []byte("2"), kv.TTLMillis(math.MaxUint64), kv.IfVersion(edgeText))
	set("large", largeBytes())
	// What was lifted goes down again: the journal has each of its bytes.
	large, _, err := bucket.Get("large")
	if err != nil {
		return err
	}
	set("large", large.Value)
	set("false", nil, kv.IfAbsent())
	for _, key := range failingKeys {
		set(key, nil)
	}
	return nil
}

func remove(report *Report, bucket *kv.Bucket) {
	for _, key := range append([]string{"there", "false", edgeText}, failingKeys...) {
		report.line("kv.delete", key, either(bucket.Delete(key)))
	}
}

// increment: the host answers with what was to be added.
func increment(report *Report, bucket *kv.Bucket) {
	for _, by := range []int64{0, 1, -1, beyondDouble, -beyondDouble, math.MinInt64, math.MaxInt64} {
		report.line("kv.increment", "by", either(bucket.Increment("by", by)))
	}
	for _, key := range failingKeys {
		report.line("kv.increment", key, either(bucket.Increment(key, 1)))
	}
}

func pages(report *Report, bucket *kv.Bucket) {
	report.line("kv.page", "", either(bucket.Page("", nil, 1000)))
	report.line("kv.page", "one", either(bucket.Page("one", new(""), 1)))
	report.line("kv.page", edgeText, either(bucket.Page(edgeText, new(edgeText), 0)))
	report.line("kv.page", "many", either(bucket.Page("many", nil, math.MaxUint32)))
	for _, prefix := range failingKeys {
		report.line("kv.page", prefix, either(bucket.Page(prefix, nil, 1)))
	}
	report.line("kv.keys", "pages", either(all(bucket, "pages")))
}

// all pages by the SDK's iterator, two calls.
func all(bucket *kv.Bucket, prefix string) ([]string, error) {
	var keys []string
	for key, err := range bucket.Keys(prefix) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
