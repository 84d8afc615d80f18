"""Jobs of queues, and what becomes of one that failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import _json


@dataclass
class Job:
    """A job to be run. A test makes its own."""

    id: str
    """The id that sending it returned."""
    queue: str
    """The queue it was sent to."""
    payload: bytes
    """What was sent."""
    attempt: int = 1
    """1 for the first try."""

    def json(self) -> Any:
        """The payload as JSON. One that is none is discarded: it never will be."""
        try:
            return _json.load(self.payload)
        except _json.JsonError as error:
            raise Discard(f"the payload is not as expected: {error.__cause__}") from None


class Failure(Exception):
    """A job was not done: `Retry` or `Discard`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Retry(Failure):
    """Run it again later, with backoff, until the attempts are used up."""


class Discard(Failure):
    """Never run it again: it becomes a dead letter."""
