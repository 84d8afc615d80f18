"""A small router."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from ._requests import HttpError, Request, Response, unquoted

Handler = Callable[..., Response]
F = TypeVar("F", bound=Handler)


class Router:
    """Chooses a handler by method and path. It is an HTTP handler itself::

        app = flux.http(flux.Router())

        @app.get("/orders/{id}")
        def order(request: flux.Request, id: str) -> flux.Response: ...

    What stands in braces is one segment of the path, percent-decoded, and comes as an argument.
    The first route that fits is taken. A request that fits none is a 404.
    """

    def __init__(self) -> None:
        self._routes: list[tuple[str, list[str], Handler]] = []

    def route(self, method: str, path: str) -> Callable[[F], F]:
        """Registers the decorated function for a method and a path."""
        if not path.startswith("/"):
            raise ValueError(f"the path {path!r} must start with a slash")

        def register(handler: F) -> F:
            self._routes.append((method.upper(), path.split("/"), handler))
            return handler

        return register

    def get(self, path: str) -> Callable[[F], F]:
        """Registers the decorated function for GET and a path."""
        return self.route("GET", path)

    def post(self, path: str) -> Callable[[F], F]:
        """Registers the decorated function for POST and a path."""
        return self.route("POST", path)

    def put(self, path: str) -> Callable[[F], F]:
        """Registers the decorated function for PUT and a path."""
        return self.route("PUT", path)

    def patch(self, path: str) -> Callable[[F], F]:
        """Registers the decorated function for PATCH and a path."""
        return self.route("PATCH", path)

    def delete(self, path: str) -> Callable[[F], F]:
        """Registers the decorated function for DELETE and a path."""
        return self.route("DELETE", path)

    def __call__(self, request: Request) -> Response:
        """Answers a request by the handler of its route."""
        segments = request.path.split("/")
        for method, pattern, handler in self._routes:
            if method == request.method and len(pattern) == len(segments):
                params = _match(pattern, segments)
                if params is not None:
                    return handler(_with_params(request, params), **params)
        raise HttpError(404, "there is nothing at this path")


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    """The path's parameters, or `None` if it does not fit."""
    params = {}
    for expected, segment in zip(pattern, segments, strict=True):
        if expected.startswith("{") and expected.endswith("}"):
            params[expected[1:-1]] = unquoted(segment)
        elif expected != segment:
            return None
    return params


def _with_params(request: Request, params: dict[str, Any]) -> Request:
    """The request with the router's parameters, where the host's route has none of that name."""
    there = {name for name, _ in request.params}
    new = [(name, value) for name, value in params.items() if name not in there]
    return replace(request, params=[*request.params, *new]) if new else request
