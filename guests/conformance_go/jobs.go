package main

import (
	"bytes"
	"fmt"

	flux "github.com/flux-run/flux/sdks/go"
	"github.com/flux-run/flux/sdks/go/kv"
	"github.com/flux-run/flux/sdks/go/log"
)

// runJob is the job handler: what becomes of a job stands at the beginning of its payload.
func runJob(job *flux.Job) error {
	begins := func(with string) bool { return bytes.HasPrefix(job.Payload, []byte(with)) }
	switch {
	case begins("retry"):
		return flux.Retry(describeJob(job))
	case begins("discard"):
		return flux.Discard(describeJob(job))
	case begins("empty"):
		return flux.Discard("")
	case begins("uncaught"):
		_, err := kv.Open("missing")
		return err
	}
	log.Write(log.LevelInfo, describeJob(job))
	return nil
}

// describeJob writes down the job, as it was lifted.
func describeJob(job *flux.Job) string {
	return fmt.Sprintf("job %s %s %d %s",
		canonical(job.ID), canonical(job.Queue), job.Attempt, canonical(job.Payload))
}
