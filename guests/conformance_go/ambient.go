package main

import (
	"strconv"
	"time"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/clock"
	"github.com/flux-run/flux/sdks/go/config"
	"github.com/flux-run/flux/sdks/go/log"
	"github.com/flux-run/flux/sdks/go/random"
)

// `/ambient`: clock, random, config and log.

func runAmbient() (*flux.Response, error) {
	var report Report
	now := clock.Now()
	report.line("clock.now", "seconds", now.Unix())
	report.line("clock.now", "nanoseconds", int64(now.Nanosecond()))
	report.line("clock.now", "text", clock.Format(now))
	for _, duration := range []time.Duration{0, time.Millisecond} {
		clock.Sleep(duration)
	}
	report.line("clock.monotonic", "", clock.Monotonic().Nanoseconds())
	for _, length := range []int{0, 1, 16, 100, 65_536} {
		report.line("random.bytes", strconv.Itoa(length), random.Bytes(length))
	}
	report.line("random.uuid", "", random.UUIDv4())
	for _, key := range []string{"plain", "empty", "absent", edgeText, ""} {
		report.line("config.get", key, maybe(config.Get(key)))
	}
	for _, name := range []string{"token", "empty", "absent", edgeText} {
		report.line("config.secret", name, maybe(config.Secret(name)))
	}
	logLines()
	return report.respond(), nil
}

// logLines writes a line of every level.
func logLines() {
	log.Write(log.LevelTrace, "")
	log.Write(log.LevelDebug, edgeText, log.Field{})
	log.Write(log.LevelInfo, "many",
		log.Field{Name: "twice", Value: "1"},
		log.Field{Name: "twice", Value: "2"},
		log.Field{Name: edgeText, Value: edgeText})
	log.Write(log.LevelWarn, "two\nlines", log.Field{Name: "text", Value: canonical("a")})
	log.Write(log.LevelError, "last", log.Field{Name: "n", Value: "9007199254740993"})
}
