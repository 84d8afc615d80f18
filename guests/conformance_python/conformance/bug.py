"""A bug, for the record of one: its text and its line must be there."""

from typing import NoReturn


def fail() -> NoReturn:
    """Never returns."""
    raise RuntimeError("a bug of the guest")
