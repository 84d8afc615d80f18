// Package jobs runs the jobs of queues. A guest that imports it exports the handler of jobs, and one that
// does not, does not.
//
//	func init() {
//		jobs.Handle("receipts", mail)
//	}
package jobs

import (
	"fmt"

	flux "github.com/flux-run/flux/sdks/go"
	export "github.com/flux-run/flux/sdks/go/internal/exports/export_flux_host_job_handler"
	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_job_handler"
	_ "github.com/flux-run/flux/sdks/go/internal/jobexport" // the export itself
	"github.com/flux-run/flux/sdks/go/internal/text"
	"github.com/flux-run/flux/sdks/go/internal/wit/types"
)

var (
	queues  = map[string]flux.JobHandler{}
	handler flux.JobHandler
)

func init() {
	handler = byQueue
	export.Run = func(job wit.Job) types.Result[types.Unit, wit.Failure] {
		failure := Run(&flux.Job{
			ID: job.Id, Queue: job.Queue, Payload: job.Payload, Attempt: job.Attempt,
		})
		switch {
		case failure == nil:
			return types.Ok[types.Unit, wit.Failure](types.Unit{})
		case failure.Final:
			return types.Err[types.Unit](wit.MakeFailureDiscard(text.Lossy(failure.Reason)))
		default:
			return types.Err[types.Unit](wit.MakeFailureRetry(text.Lossy(failure.Reason)))
		}
	}
}

// Handle runs the jobs of a queue. It panics if the queue has a handler already.
func Handle(queue string, run flux.JobHandler) {
	if _, there := queues[queue]; there {
		panic(fmt.Sprintf("flux: the queue %q has two handlers", queue))
	}
	queues[queue] = run
}

// Serve runs the jobs of all queues with one handler, in place of those of [Handle].
func Serve(run flux.JobHandler) { handler = run }

// Run runs a job as the host has it run, and returns what becomes of it: nil if it is done. The host needs
// no such call; tests do.
func Run(job *flux.Job) *flux.Failure { return handler.Run(job) }

// A job that nobody runs is kept: the next build may.
func byQueue(job *flux.Job) error {
	run, there := queues[job.Queue]
	if !there {
		return flux.Retry(fmt.Sprintf("the guest has no handler for queue `%s`", job.Queue))
	}
	return run(job)
}
