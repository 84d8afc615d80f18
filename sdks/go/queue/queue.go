// Package queue sends jobs to durable queues. A job that was sent is run by a handler of package jobs at
// least once.
//
//	id, err := queue.Send("reminders", payload, queue.Delay(time.Hour), queue.IdempotencyKey(order))
package queue

import (
	"time"

	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_queue"
	"github.com/flux-run/flux/sdks/go/internal/json"
	"github.com/flux-run/flux/sdks/go/internal/wit/types"
)

// Option is how a job is sent.
type Option func(options *wit.Options)

// Delay is the time before the job may run, in whole milliseconds.
func Delay(delay time.Duration) Option { return DelayMillis(uint64(max(delay, 0).Milliseconds())) }

// DelayMillis is as [Delay], for times longer than a duration can be.
func DelayMillis(millis uint64) Option {
	return func(options *wit.Options) { options.DelayMs = types.Some(millis) }
}

// IdempotencyKey: a second send with the same key to the same queue returns the first job's id.
func IdempotencyKey(key string) Option {
	return func(options *wit.Options) { options.IdempotencyKey = types.Some(key) }
}

// MaxAttempts is how often the job is tried before it becomes a dead letter, in place of what flux.toml
// says.
func MaxAttempts(attempts uint32) Option {
	return func(options *wit.Options) { options.MaxAttempts = types.Some(attempts) }
}

// Send sends bytes, to be run as soon as possible or as the options say, and returns the job's id. The
// error is an [Error].
func Send(queue string, payload []byte, options ...Option) (string, error) {
	var all wit.Options
	for _, set := range options {
		set(&all)
	}
	result := wit.Send(queue, payload, all)
	if result.Tag() == types.ResultErr {
		return "", lift(result.Err())
	}
	return result.Ok(), nil
}

// SendJSON sends a value as JSON; see [Send].
func SendJSON(queue string, value any, options ...Option) (string, error) {
	payload, err := json.Marshal(value)
	if err != nil {
		return "", json.Mismatch(err)
	}
	id, err := Send(queue, payload, options...)
	if err != nil {
		return "", json.CallFailed(err)
	}
	return id, nil
}
