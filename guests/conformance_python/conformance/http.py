"""The types of the HTTP handler themselves."""

import flux

from .canonical import Report

DETAIL = 'é€🦀 "quoted" back\\slash /slash <&> \u2028 \x01\x7f\n\t'
"""What JSON has to escape, and what it has not."""


def describe(request: flux.Request) -> flux.Response:
    """The request, as it was lifted."""
    report = Report()
    report.line("http", "method", request.method)
    report.line("http", "path", request.path)
    report.line("http", "query", request.query)
    report.line("http", "headers", request.headers)
    report.line("http", "body", request.body)
    report.line("http", "params", request.params)
    return report.respond()


def mirror(request: flux.Request) -> flux.Response:
    """A response of the request's own headers and body, with the status that its parameter says."""
    status = request.param("status") or ""
    if not (status.isascii() and status.isdigit()):
        raise flux.HttpError(400, "which status?")
    return flux.Response(int(status), request.headers, request.body)
