"""The requests that a guest answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from . import _json
from ._errors import Error

_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    414: "URI Too Long",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    417: "Expectation Failed",
    421: "Misdirected Request",
    422: "Unprocessable Content",
    423: "Locked",
    424: "Failed Dependency",
    425: "Too Early",
    426: "Upgrade Required",
    428: "Precondition Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    451: "Unavailable For Legal Reasons",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
    505: "HTTP Version Not Supported",
    506: "Variant Also Negotiates",
    507: "Insufficient Storage",
    508: "Loop Detected",
    511: "Network Authentication Required",
}

Headers = Mapping[str, str] | Iterable[tuple[str, str]]
"""Headers as a mapping, or as pairs where a name may come more than once."""


def pairs(headers: Headers) -> list[tuple[str, str]]:
    """Headers as pairs, in their order."""
    # Not isinstance: an abstract class asks all its subclasses, once in every execution.
    return list(headers.items() if hasattr(headers, "items") else headers)


def find_header(headers: list[tuple[str, str]], name: str) -> str | None:
    """The first header of this name, whatever its case."""
    name = name.lower()
    return next((value for header, value in headers if header.lower() == name), None)


class HttpError(Error):
    """An error as the client sees it: a problem of RFC 9457 as JSON.

    Raised in a handler, it is the answer: `raise flux.HttpError(404, "there is no such order")`.
    """

    def __init__(self, status: int, detail: str, *, title: str | None = None) -> None:
        """`title` is the status's usual name if it is not given."""
        super().__init__(detail)
        usual = "Client Error" if status < 500 else "Server Error"
        self.title = _TITLES.get(status, usual) if title is None else title
        self.status = status
        self.detail = detail

    def response(self) -> Response:
        """The answer."""
        problem = {"title": self.title, "status": self.status, "detail": self.detail}
        headers = [("content-type", "application/problem+json")]
        return Response(self.status, headers, _json.dump(problem))


@dataclass
class Request:
    """A request to answer. A test makes its own: what is not given is empty or absent."""

    method: str
    """The method, in upper case."""
    path: str
    """Starts with a slash, percent-encoding kept."""
    query: str | None = None
    """What follows the question mark; `None`: there is none."""
    headers: list[tuple[str, str]] = field(default_factory=list)
    """Names in lower case; equal names stand together, their values in the order received."""
    body: bytes = b""
    """The body; empty if there is none."""
    params: list[tuple[str, str]] = field(default_factory=list)
    """The route's path parameters, percent-decoded."""

    def param(self, name: str) -> str | None:
        """A path parameter of the route."""
        return next((value for param, value in self.params if param == name), None)

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        return find_header(self.headers, name)

    def query_param(self, name: str) -> str | None:
        """The first query parameter of this name, decoded. `?name=` is `""`, not `None`."""
        return next((value for param, value in self.query_params() if param == name), None)

    def query_params(self) -> Iterator[tuple[str, str]]:
        """All query parameters in their order, decoded. One without `=` has an empty value."""
        for pair in (self.query or "").replace("+", " ").split("&"):
            if pair:
                name, _, value = pair.partition("=")
                yield unquoted(name), unquoted(value)

    def json(self) -> Any:
        """The body as JSON; one that is none is a 400."""
        try:
            return _json.load(self.body)
        except _json.JsonError as error:
            why = f"the body is not as expected: {error.__cause__}"
            raise HttpError(400, why) from None

    def text(self) -> str:
        """The body as text; one that is no UTF-8 is a 400."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            raise HttpError(400, "the body is not UTF-8") from None


def unquoted(text: str) -> str:
    """Percent-decoded text. What is no escape stays as it is, what is no UTF-8 is replaced."""
    return unquote_to_bytes(text).decode(errors="replace")


@dataclass
class Response:
    """The answer to a request."""

    status: int
    """The status."""
    headers: list[tuple[str, str]] = field(default_factory=list)
    """The headers, in the order they are sent."""
    body: bytes = b""
    """The body; empty if there is none."""

    @classmethod
    def text(cls, status: int, text: str, *, headers: Headers = ()) -> Response:
        """A response of plain text; `headers` follow its content type."""
        content = ("content-type", "text/plain; charset=utf-8")
        return cls(status, [content, *pairs(headers)], text.encode())

    @classmethod
    def json(cls, status: int, value: Any, *, headers: Headers = ()) -> Response:
        """A response of JSON; `headers` follow its content type.

        A dataclass is an object of its fields, in their order. Raises `JsonError`.
        """
        content = ("content-type", "application/json")
        return cls(status, [content, *pairs(headers)], _json.dump(value))
