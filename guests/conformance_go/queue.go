package main

import (
	"math"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/queue"
)

// `/queue`: sending jobs.

func runQueue() (*flux.Response, error) {
	var report Report
	send := func(name string, payload []byte, options ...queue.Option) {
		report.line("queue.send", name, either(queue.Send(name, payload, options...)))
	}
	job := []byte("job")
	for _, name := range []string{"missing", "jobs", "empty", edgeText, "denied", "too-large", "unavailable"} {
		send(name, job)
	}
	for _, payload := range [][]byte{nil, edgeBytes, largeBytes()} {
		send("jobs", payload)
	}
	send("jobs", job, queue.DelayMillis(0))
	send("jobs", job, queue.DelayMillis(beyondDouble))
	send("jobs", job, queue.IdempotencyKey(""))
	send("jobs", job, queue.MaxAttempts(0))
	send("jobs", job, queue.DelayMillis(math.MaxUint64), queue.IdempotencyKey(edgeText), queue.MaxAttempts(math.MaxUint32))
	send("jobs", job)
	return report.respond(), nil
}
