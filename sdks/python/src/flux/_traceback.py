"""Tracebacks of bugs, as the guest's author wants to read them."""

from __future__ import annotations

import traceback
from types import TracebackType


def of(bug: BaseException) -> str:
    """The traceback from the handler on: what calls it is no business of the guest's author."""
    return "".join(traceback.format_exception(type(bug), bug, _from_handler(bug.__traceback__)))


def _from_handler(frames: TracebackType | None) -> TracebackType | None:
    while frames and frames.tb_frame.f_globals.get("__package__") == __package__:
        frames = frames.tb_next
    return frames
