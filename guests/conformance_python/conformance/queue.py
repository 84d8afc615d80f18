"""`/queue`: sending jobs."""

from functools import partial

import flux
from flux import queue

from .canonical import Report
from .edges import BEYOND_DOUBLE, BYTES, TEXT, U32_MAX, U64_MAX, large_bytes


def run() -> flux.Response:
    report = Report()
    for name in ("missing", "jobs", "empty", TEXT, "denied", "too-large", "unavailable"):
        report.ask("queue.send", name, queue.send, name, b"job")
    for payload in (b"", BYTES, large_bytes()):
        report.ask("queue.send", "jobs", queue.send, "jobs", payload)
    for send in (
        partial(queue.send, delay_ms=0),
        partial(queue.send, delay_ms=BEYOND_DOUBLE),
        partial(queue.send, idempotency_key=""),
        partial(queue.send, max_attempts=0),
        partial(queue.send, delay_ms=U64_MAX, idempotency_key=TEXT, max_attempts=U32_MAX),
        queue.send,
    ):
        report.ask("queue.send", "jobs", send, "jobs", b"job")
    return report.respond()
