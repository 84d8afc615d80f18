// Package clock is the host's clock. A replay reads the recorded times, and its sleeps take none.
//
// [time.Now] and [time.Sleep] read the same clock, and are recorded too. What is here leaves the same
// journal in every language.
package clock

import (
	"math"
	"time"

	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_clock"
)

// Now is the time now, in UTC, to the nanosecond.
func Now() time.Time {
	now := wit.Now()
	return time.Unix(int64(now.Seconds), int64(now.Nanoseconds)).UTC()
}

// Format is the time as RFC 3339 in UTC with milliseconds, such as `2026-11-21T06:18:00.123Z`: the form
// that every Flux SDK writes. What is below the milliseconds is cut off.
func Format(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// Monotonic is the time since this execution began. It never goes back.
func Monotonic() time.Duration { return time.Duration(wit.Monotonic()) }

// Sleep waits, in whole milliseconds rounded up, at most 49 days.
func Sleep(duration time.Duration) {
	millis := max(duration, 0).Milliseconds()
	if time.Duration(millis)*time.Millisecond < duration {
		millis++
	}
	wit.Sleep(uint32(min(millis, math.MaxUint32)))
}
