"""Errors as types: one base for all, one class for each case of the contract."""

from __future__ import annotations

from typing import Any, ClassVar


class Error(Exception):
    """What can go wrong in a guest that is no bug of it.

    An HTTP handler that lets one through answers 500, and its text goes to the log and not to the
    client. A job handler that lets one through asks for a retry. Derive from it for errors of
    your own that should end so; every other exception is a bug, and ends the execution.
    """

    _before: str | None = None

    def _said(self) -> str:
        """Its text with what the SDK did when it happened."""
        return str(self) if self._before is None else f"{self._before}: {self}"


class HostError(Error):
    """The host refused a call. Each interface has a class of its own, with one below it a case."""

    code: ClassVar[str]
    """The name of the case in the contract, such as `too-large`."""
    _text: ClassVar[str]
    _cases: ClassVar[dict[str, type[HostError]]]

    why: str | None
    """The host's own words, if the case has any."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if HostError in cls.__bases__:
            cls._cases = {}
        else:
            # The generated class of a case has the same name as the case here.
            cls._cases[f"Error_{cls.__name__}"] = cls

    def __init__(self, why: str | None = None) -> None:
        super().__init__(self._text.format(why))
        self.why = why

    @classmethod
    def _of(cls, case: Any) -> HostError:
        """The error of a case as the bindings have it."""
        return cls._cases[type(case).__name__]._from(getattr(case, "value", None))

    @classmethod
    def _from(cls, payload: Any) -> HostError:
        return cls(payload)


def chain(error: BaseException) -> str:
    """An error and its causes on one line, outermost first."""
    texts = []
    cause: BaseException | None = error
    while cause is not None:
        texts.append(cause._said() if isinstance(cause, Error) else str(cause))
        cause = cause.__cause__
    return ": ".join(texts)
