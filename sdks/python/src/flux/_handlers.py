"""The handlers of a guest, and the way from the host to them and back."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from . import _traceback, log
from ._errors import Error, chain
from ._host import Err, bytes_of, exports, integer_of, text_of
from ._jobs import Discard, Job, Retry
from ._requests import HttpError, Request, Response

H = TypeVar("H", bound=Callable[[Request], Response])
J = TypeVar("J", bound=Callable[[Job], None])
C = TypeVar("C", bound=Callable[..., Any])

registered: dict[str, Callable[[Any], Any]] = {}
"""What the guest's module has marked: `http`, `job` or both."""


def http(handler: H) -> H:
    """Answers HTTP requests with this function: a `Request` in, a `Response` out.

    An `HttpError` that it raises is answered as a problem; any other `flux.Error` as a 500, whose
    text goes to the log and not to the client.
    """
    return _register("http", handler)


def job(handler: J) -> J:
    """Runs the jobs of queues with this function: a `Job` in. A job that returns is done.

    It raises `Retry` or `Discard` for one that is not; any other `flux.Error` is a retry.
    """
    return _register("job", handler)


def _register(kind: str, handler: C) -> C:
    if not callable(handler):
        raise TypeError(f"a handler is a function, and {handler!r} is none")
    if kind in registered:
        raise ValueError(f"a guest has one @flux.{kind} handler, and this one has a second")
    registered[kind] = handler
    return handler


def answer(request: Request) -> Response:
    """The response of the guest's HTTP handler. Raises what is a bug."""
    try:
        return _checked(registered["http"](request))
    except HttpError as error:
        return error.response()
    except Error as error:
        log.error("the handler failed", error=chain(error))
        return HttpError(500, "the request could not be handled").response()


def run(job: Job) -> None:
    """Runs a job by the guest's handler. Raises `Retry`, `Discard` or what is a bug."""
    try:
        registered["job"](job)
    except Error as error:
        raise Retry(chain(error)) from None


def _checked(response: Any) -> Response:
    """A response with the types of the contract: the bindings would end without a word."""
    if not isinstance(response, Response):
        kind = type(response).__name__
        raise TypeError(f"an HTTP handler returns flux.Response, and this one returned {kind}")
    headers = [(text_of(n, "a header"), text_of(v, "a header")) for n, v in response.headers]
    status = integer_of(response.status, "the status", 16)
    return Response(status, headers, bytes_of(response.body, "the body"))


def _ended(bug: BaseException) -> NoReturn:
    """Ends the execution by a trap, as a bug does in every language, with a traceback before."""
    sys.stderr.write(_traceback.of(bug))
    sys.stderr.flush()
    os.abort()


class HttpHandler:
    """What a component exports as `http-handler`."""

    def handle(self, request: Any) -> Any:
        """Called by the host."""
        try:
            return answer(Request(**vars(request)))
        except BaseException as bug:
            _ended(bug)


class JobHandler:
    """What a component exports as `job-handler`."""

    def run(self, job: Any) -> None:
        """Called by the host."""
        try:
            run(Job(**vars(job)))
        except Retry as retry:
            failure = exports.job_handler.Failure_Retry(retry.why)
        except Discard as discard:
            failure = exports.job_handler.Failure_Discard(discard.why)
        except BaseException as bug:
            _ended(bug)
        else:
            return
        raise Err(failure)
