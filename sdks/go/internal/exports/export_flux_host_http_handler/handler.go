// Package export_flux_host_http_handler is what the generated export of the handler calls.
package export_flux_host_http_handler

import wit "github.com/flux-run/flux/sdks/go/internal/imports/flux_host_http_handler"

// Handle answers a request. Package http sets it.
var Handle func(request wit.Request) wit.Response
