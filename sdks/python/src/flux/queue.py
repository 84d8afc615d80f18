"""Durable queues. A job that was sent is run by a `flux.job` handler at least once.

Sent to be run in an hour, and once however often it is sent::

    from flux import queue

    def remind(order: str) -> str:
        return queue.send("reminders", order, delay_ms=3_600_000, idempotency_key=order)

Payloads are bytes; text that is given as one becomes UTF-8.
"""

from __future__ import annotations

from typing import Any

from . import _host, _json
from ._errors import HostError

__all__ = ["Denied", "Error", "TooLarge", "Unavailable", "send", "send_json"]


class Error(HostError):
    """Why a job was not sent."""


class Denied(Error):
    """Not allowed by flux.toml, or by a policy."""

    code = "denied"
    _text = "the queue is denied: {}"


class TooLarge(Error):
    """The payload is over its limit."""

    code = "too-large"
    _text = "the payload is too large for the queue"


class Unavailable(Error):
    """The queue cannot be reached."""

    code = "unavailable"
    _text = "the queue is unavailable: {}"


def send(
    queue: str,
    payload: bytes | str,
    *,
    delay_ms: int | None = None,
    idempotency_key: str | None = None,
    max_attempts: int | None = None,
) -> str:
    """Sends a job and returns its id. Text becomes UTF-8.

    `delay_ms`: milliseconds before it may run. `idempotency_key`: a second send with the same key
    to the same queue returns the first job's id. `max_attempts`: how often it is tried before it
    becomes a dead letter; `None`: as flux.toml says.
    """
    key = None if idempotency_key is None else _host.text_of(idempotency_key, "idempotency_key")
    options = _host.queue.Options(
        _host.optional_integer_of(delay_ms, "delay_ms", 64),
        key,
        _host.optional_integer_of(max_attempts, "max_attempts", 32),
    )
    name = _host.text_of(queue, "a queue's name")
    return _host.call(Error, _host.queue.send, name, _host.bytes_of(payload, "a payload"), options)


@_json.speaks_json
def send_json(
    queue: str,
    value: Any,
    *,
    delay_ms: int | None = None,
    idempotency_key: str | None = None,
    max_attempts: int | None = None,
) -> str:
    """As `send`, with a value as JSON. Raises `JsonError` too."""
    payload = _json.dump(value)
    return send(
        queue,
        payload,
        delay_ms=delay_ms,
        idempotency_key=idempotency_key,
        max_attempts=max_attempts,
    )
