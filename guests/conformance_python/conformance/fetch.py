"""`/fetch`: outgoing requests, to a server that answers by path."""

import flux
from flux import config
from flux.fetch import Request, Response, send, send_all

from .canonical import Report, canonical
from .edges import BYTES, TEXT, U32_MAX, large_bytes


def run() -> flux.Response:
    report = Report()
    base = config.require("fetch_url")
    for request in _answered(base):
        report.ask("fetch.send", request.method, send, request)
    for request in _failing(base):
        report.ask("fetch.send", "failing", send, request)
    report.line("fetch.send-all", "none", send_all([]))
    several = [
        Request("GET", f"{base}/status/204"),
        Request("GET", "http://denied.invalid/"),
        Request("POST", f"{base}/echo", [("x-order", "3")], BYTES, U32_MAX),
    ]
    report.line("fetch.send-all", "several", send_all(several))
    return report.respond()


def _answered(base: str) -> list[Request]:
    echo = f"{base}/echo"
    many = [("x-twice", "1"), ("x-twice", "2"), ("x-empty", ""), ("x-text", "é€🦀")]
    content = [("content-type", "application/octet-stream")]
    return [
        Request("GET", echo),
        Request("POST", echo, many, b"body", 60_000),
        Request("PUT", echo, [], BYTES, U32_MAX),
        Request("PATCH", echo, content, large_bytes()),
        Request("DELETE", f"{echo}?a=1&b=%C3%A9"),
        Request("HEAD", f"{base}/status/200"),
        Request("GET", f"{base}/status/404"),
        Request("GET", f"{base}/status/599"),
        Request("GET", f"{base}/headers"),
        Request("GET", f"{base}/bytes"),
        Request("GET", f"{base}/large"),
    ]


def _failing(base: str) -> list[Request]:
    """One for every case of the error, in the contract's order."""
    return [
        Request("GET", "http://denied.invalid/"),
        Request("GET", ""),
        Request("G T", f"{base}/echo"),
        Request("GET", f"{base}/echo", [("x-text", TEXT)]),
        Request("GET", "http://nowhere.invalid/"),
        Request("GET", "http://127.0.0.1:1/"),
        Request("GET", config.require("tls_url")),
        Request("GET", f"{base}/never", timeout_ms=20),
        Request("GET", f"{base}/too-large"),
        Request("GET", f"{base}/garbage"),
    ]


@canonical.register
def _(response: Response) -> str:
    return f"{response.status} {canonical(response.headers)} {canonical(response.body)}"
