// Package export_flux_host_job_handler is what the generated export of the handler calls.
package export_flux_host_job_handler

import (
	wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_job_handler"
	"github.com/flux-run/flux/sdks/go/internal/wit/types"
)

// Run runs a job. Package jobs sets it.
var Run func(job wit.Job) types.Result[types.Unit, wit.Failure]
