"""Write Flux guests in Python.

A guest is a WebAssembly component that reaches the world through the host alone, so every
execution leaves a journal that can be replayed. A module marks its handlers::

    import flux

    @flux.http
    def handle(request: flux.Request) -> flux.Response:
        return flux.Response.text(200, "hello\\n")

The host's interfaces are modules: `flux.db`, `flux.kv`, `flux.queue`, `flux.fetch`, `flux.log`,
`flux.clock`, `flux.random` and `flux.config`.
"""

from . import clock, config, db, fetch, kv, log, queue, random
from ._errors import Error, HostError
from ._handlers import http, job
from ._host import OutsideHost
from ._jobs import Discard, Job, Retry
from ._json import JsonError
from ._requests import HttpError, Request, Response
from ._router import Router

__all__ = [
    "Discard",
    "Error",
    "HostError",
    "HttpError",
    "Job",
    "JsonError",
    "OutsideHost",
    "Request",
    "Response",
    "Retry",
    "Router",
    "clock",
    "config",
    "db",
    "fetch",
    "http",
    "job",
    "kv",
    "log",
    "queue",
    "random",
]

__version__ = "0.1.0"
