package flux

import (
	"errors"

	"github.com/flux-run/flux/sdks/go/internal/json"
)

// Job is a job of a queue, to be run.
type Job struct {
	// ID is what sending it returned.
	ID string
	// Queue is where it was sent to.
	Queue string
	// Payload is what was sent.
	Payload []byte
	// Attempt is 1 for the first try.
	Attempt uint32
}

// JSON reads the payload as JSON. The error is a [Failure] that discards the job: a payload that does not
// fit never will.
func (j *Job) JSON(into any) error {
	if err := json.Unmarshal(j.Payload, into); err != nil {
		return Discard("the payload is not as expected: " + err.Error())
	}
	return nil
}

// JobHandler runs a job. A [Failure] that it returns, wrapped or not, says what becomes of it; after every
// other error it is run again.
type JobHandler func(job *Job) error

// Failure is why a job was not done, and what becomes of it.
type Failure struct {
	// Reason is a text for the journal and the list of dead letters.
	Reason string
	// Final: the job is never run again, and becomes a dead letter. If not, it is run again later, with
	// backoff, until the attempts are used up.
	Final bool
}

// Retry runs the job again later.
func Retry(reason string) *Failure { return &Failure{Reason: reason} }

// Discard never runs the job again.
func Discard(reason string) *Failure { return &Failure{Reason: reason, Final: true} }

// Error is the reason.
func (f *Failure) Error() string { return f.Reason }

// Run runs the job and returns what becomes of it: nil if it is done.
func (h JobHandler) Run(job *Job) *Failure {
	err := h(job)
	if err == nil {
		return nil
	}
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure
	}
	return Retry(err.Error())
}
