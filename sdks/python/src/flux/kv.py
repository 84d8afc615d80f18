"""Key-value buckets, opened by the label they have in `flux.toml`::

    from flux import kv

    def lock(name: str) -> bool:
        return kv.open("locks").set(name, "mine", ttl_ms=30_000, if_absent=True)

Keys are text, values are bytes. Text that is given as a value becomes UTF-8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import _host, _json
from ._errors import HostError

__all__ = ["Bucket", "Denied", "Entry", "Error", "Page", "TooLarge", "Unavailable", "open"]

PAGE = 1000
"""The most keys that the host gives in one page."""


class Error(HostError):
    """Why a bucket did not do as asked."""


class Denied(Error):
    """Not allowed by flux.toml, or by a policy."""

    code = "denied"
    _text = "the bucket is denied: {}"


class TooLarge(Error):
    """The key or the value is over its limit."""

    code = "too-large"
    _text = "the key or the value is too large for the bucket"


class Unavailable(Error):
    """The store cannot be reached."""

    code = "unavailable"
    _text = "the bucket is unavailable: {}"


@dataclass(frozen=True)
class Entry:
    """A value, and its version for compare-and-swap."""

    value: bytes
    """The value."""
    version: str
    """What `if_version` of `Bucket.set` takes."""

    def json(self) -> Any:
        """The value as JSON. Raises `JsonError`."""
        return _json.load(self.value)

    def text(self) -> str:
        """The value as text. Raises `UnicodeDecodeError`."""
        return self.value.decode()


@dataclass(frozen=True)
class Page:
    """A page of keys in ascending order."""

    keys: list[str]
    """The keys."""
    next: str | None
    """The cursor of the page that follows, if there is one."""


def open(name: str) -> Bucket:
    """Opens the bucket with this label."""
    return Bucket(_host.call(Error, _host.kv.Bucket.open, _host.text_of(name, "a label")))


class Bucket:
    """An open bucket."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def get(self, key: str) -> Entry | None:
        """The value of a key; `None` if it has none, or its time is over."""
        entry = _host.call(Error, self._handle.get, _host.text_of(key, "a key"))
        return None if entry is None else Entry(entry.value, entry.version)

    @_json.speaks_json
    def get_json(self, key: str) -> Any:
        """The value of a key as JSON; `None` if it has none, or its time is over.

        A value of JSON's null is `None` as well: `get` tells them apart. Raises `JsonError` too.
        """
        entry = self.get(key)
        return None if entry is None else entry.json()

    def set(
        self,
        key: str,
        value: bytes | str,
        *,
        ttl_ms: int | None = None,
        if_absent: bool = False,
        if_version: str | None = None,
    ) -> bool:
        """Sets a value. `False`: the condition did not hold, and nothing changed.

        `ttl_ms`: milliseconds until the value is gone; `None`: it stays. `if_absent`: only if the
        key has no value. `if_version`: only if the value still has this version.
        """
        if if_absent and if_version is not None:
            raise ValueError("if_absent and if_version exclude each other")
        condition = None
        if if_absent:
            condition = _host.kv.Condition_Absent()
        elif if_version is not None:
            condition = _host.kv.Condition_Version(_host.text_of(if_version, "a version"))
        options = _host.kv.SetOptions(_host.optional_integer_of(ttl_ms, "ttl_ms", 64), condition)
        key = _host.text_of(key, "a key")
        return _host.call(Error, self._handle.set, key, _host.bytes_of(value, "a value"), options)

    @_json.speaks_json
    def set_json(
        self,
        key: str,
        value: Any,
        *,
        ttl_ms: int | None = None,
        if_absent: bool = False,
        if_version: str | None = None,
    ) -> bool:
        """As `set`, with a value as JSON. Raises `JsonError` too."""
        data = _json.dump(value)
        return self.set(key, data, ttl_ms=ttl_ms, if_absent=if_absent, if_version=if_version)

    def delete(self, key: str) -> bool:
        """Deletes a value. `False`: there was nothing to delete."""
        return _host.call(Error, self._handle.delete, _host.text_of(key, "a key"))

    def increment(self, key: str, by: int = 1) -> int:
        """Adds to a decimal integer (0 if absent) and returns the sum.

        A value that is no number, or a sum beyond 64 bits, is `Unavailable` and changes nothing.
        """
        by = _host.integer_of(by, "by", 64, signed=True)
        return _host.call(Error, self._handle.increment, _host.text_of(key, "a key"), by)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """All keys that start with `prefix`, in ascending order, fetched page by page."""
        cursor = None
        while True:
            page = self.page(prefix, cursor)
            yield from page.keys
            if page.next is None:
                return
            cursor = page.next

    def page(self, prefix: str = "", cursor: str | None = None, limit: int = PAGE) -> Page:
        """One page of the keys that start with `prefix`, after `cursor`; `limit`: 1 to 1,000."""
        prefix = _host.text_of(prefix, "a prefix")
        after = None if cursor is None else _host.text_of(cursor, "a cursor")
        limit = _host.integer_of(limit, "limit", 32)
        page = _host.call(Error, self._handle.keys, prefix, after, limit)
        return Page(page.keys, page.next)
