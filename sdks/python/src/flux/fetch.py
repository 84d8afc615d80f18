"""Outgoing HTTP. The hosts that may be reached are listed in `flux.toml`::

    from flux import fetch

    def both(url: str) -> tuple[int, int]:
        left, right = fetch.send_all(
            [fetch.Request.get(url + path, timeout_ms=2000) for path in ("/left", "/right")]
        )
        return left.result().status, right.result().status

Every status is a response, not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from . import _host, _json
from ._errors import HostError
from ._requests import Headers, find_header, pairs

__all__ = [
    "Connect",
    "Denied",
    "Dns",
    "Error",
    "Invalid",
    "Protocol",
    "Request",
    "Response",
    "Timeout",
    "Tls",
    "TooLarge",
    "send",
    "send_all",
]


class Error(HostError):
    """Why there is no response. `code` is the name of the case, such as `too-large`."""

    def result(self) -> NoReturn:
        """Raises it."""
        raise self


class Denied(Error):
    """Not allowed by flux.toml, or by a policy."""

    code = "denied"
    _text = "the request is denied: {}"


class Invalid(Error):
    """No valid request: method, URL or header."""

    code = "invalid"
    _text = "the request is invalid: {}"


class Dns(Error):
    """The host's name has no address."""

    code = "dns"
    _text = "the host was not found: {}"


class Connect(Error):
    """No connection."""

    code = "connect"
    _text = "no connection: {}"


class Tls(Error):
    """No trusted connection."""

    code = "tls"
    _text = "no secure connection: {}"


class Timeout(Error):
    """The exchange took too long."""

    code = "timeout"
    _text = "the request took too long"


class TooLarge(Error):
    """The request or the response is over its limit."""

    code = "too-large"
    _text = "the request or its response is too large"


class Protocol(Error):
    """The other side does not speak HTTP as it should."""

    code = "protocol"
    _text = "the response is no HTTP: {}"


@dataclass
class Request:
    """A request to send."""

    method: str
    """The method, in upper case."""
    url: str
    """An absolute http or https URL."""
    headers: list[tuple[str, str]] = field(default_factory=list)
    """The headers, in the order they are sent."""
    body: bytes = b""
    """The body; empty if there is none."""
    timeout_ms: int | None = None
    """Milliseconds for the whole exchange; `None`: the limit of flux.toml."""

    @classmethod
    def get(cls, url: str, *, headers: Headers = (), timeout_ms: int | None = None) -> Request:
        """A GET request."""
        return cls("GET", url, pairs(headers), timeout_ms=timeout_ms)

    @classmethod
    def json(
        cls,
        method: str,
        url: str,
        value: Any,
        *,
        headers: Headers = (),
        timeout_ms: int | None = None,
    ) -> Request:
        """A request with a JSON body; `headers` follow its content type. Raises `JsonError`."""
        content = ("content-type", "application/json")
        return cls(method, url, [content, *pairs(headers)], _json.dump(value), timeout_ms)

    def send(self) -> Response:
        """Sends it. Every status is a response, not an error."""
        return send(self)

    def _lowered(self) -> Any:
        return _host.fetch.Request(
            _host.text_of(self.method, "the method"),
            _host.text_of(self.url, "the URL"),
            [(_host.text_of(n, "a header"), _host.text_of(v, "a header")) for n, v in self.headers],
            _host.bytes_of(self.body, "the body"),
            _host.optional_integer_of(self.timeout_ms, "timeout_ms", 32),
        )


@dataclass(frozen=True)
class Response:
    """A response of any status."""

    status: int
    """The status."""
    headers: list[tuple[str, str]]
    """The headers, in the order received."""
    body: bytes
    """The body; empty if there is none."""

    @property
    def is_success(self) -> bool:
        """Whether the status is 200 to 299."""
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        """The first header of this name, whatever its case."""
        return find_header(self.headers, name)

    def text(self) -> str:
        """The body as text. Raises `UnicodeDecodeError`."""
        return self.body.decode()

    def json(self) -> Any:
        """The body as JSON. Raises `JsonError`."""
        return _json.load(self.body)

    def result(self) -> Response:
        """Itself: `send_all` gives responses and errors alike."""
        return self


def send(request: Request) -> Response:
    """Sends one request. Every status is a response, not an error."""
    return _lifted(_host.call(Error, _host.fetch.send, request._lowered()))


def send_all(requests: Sequence[Request]) -> list[Response | Error]:
    """Sends several at once; the results are in the order of the requests.

    An error is in the list, not raised; `result()` of each raises it.
    """
    results = _host.call(Error, _host.fetch.send_all, [r._lowered() for r in requests])
    return [_result(result) for result in results]


def _result(result: Any) -> Response | Error:
    if isinstance(result, _host.Err):
        error = Error._of(result.value)
        assert isinstance(error, Error)
        return error
    return _lifted(result.value)


def _lifted(response: Any) -> Response:
    return Response(response.status, response.headers, response.body)
