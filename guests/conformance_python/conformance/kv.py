"""`/kv`: buckets."""

from functools import partial
from typing import Any

import flux
from flux import kv

from .canonical import Report, canonical
from .edges import BEYOND_DOUBLE, BYTES, I64_MAX, I64_MIN, TEXT, U32_MAX, U64_MAX, large_bytes

FAILING = ("denied", "too-large", "unavailable")
"""The keys that the host answers with an error."""


def run() -> flux.Response:
    report = Report()
    report.ask("kv.open", "missing", kv.open, "missing")
    main = kv.open("main")
    other = kv.open(TEXT)
    _get(report, main)
    report.ask("kv.get", "text", other.get, "text")
    _set(report, main)
    _delete(report, main)
    _increment(report, main)
    _pages(report, main)
    return report.respond()


def uncaught() -> flux.Response:
    """An error that no handler looks at."""
    kv.open("missing")
    return flux.Response(204)


def _get(report: Report, bucket: kv.Bucket) -> None:
    for key in ("absent", "empty", "text", "bytes", "large", "", TEXT, *FAILING):
        report.ask("kv.get", key, bucket.get, key)


def _set(report: Report, bucket: kv.Bucket) -> None:
    def ask(key: str, value: bytes, **options: Any) -> None:
        report.ask("kv.set", key, partial(bucket.set, **options), key, value)

    ask("plain", b"value")
    ask("", b"", ttl_ms=0)
    ask(TEXT, BYTES, ttl_ms=1, if_absent=True)
    ask("ttl", b"1", ttl_ms=BEYOND_DOUBLE, if_version="")
    ask("ttl", b"2", ttl_ms=U64_MAX, if_version=TEXT)
    ask("large", large_bytes())
    # What was lifted goes down again: the journal has each of its bytes.
    entry = bucket.get("large")
    ask("large", b"" if entry is None else entry.value)
    ask("false", b"", if_absent=True)
    for key in FAILING:
        ask(key, b"")


def _delete(report: Report, bucket: kv.Bucket) -> None:
    for key in ("there", "false", TEXT, *FAILING):
        report.ask("kv.delete", key, bucket.delete, key)


def _increment(report: Report, bucket: kv.Bucket) -> None:
    # The host answers with what was to be added.
    for by in (0, 1, -1, BEYOND_DOUBLE, -BEYOND_DOUBLE, I64_MIN, I64_MAX):
        report.ask("kv.increment", "by", bucket.increment, "by", by)
    for key in FAILING:
        report.ask("kv.increment", key, bucket.increment, key, 1)


def _pages(report: Report, bucket: kv.Bucket) -> None:
    report.ask("kv.page", "", bucket.page, "", None, 1000)
    report.ask("kv.page", "one", bucket.page, "one", "", 1)
    report.ask("kv.page", TEXT, bucket.page, TEXT, TEXT, 0)
    report.ask("kv.page", "many", bucket.page, "many", None, U32_MAX)
    for prefix in FAILING:
        report.ask("kv.page", prefix, bucket.page, prefix, None, 1)
    # All pages by the SDK's iterator, two calls.
    report.ask("kv.keys", "pages", lambda: list(bucket.keys("pages")))


@canonical.register
def _(_: kv.Bucket) -> str:
    return "ok"


@canonical.register
def _(entry: kv.Entry) -> str:
    return f"{canonical(entry.value)} version {canonical(entry.version)}"


@canonical.register
def _(page: kv.Page) -> str:
    return f"{canonical(page.keys)} next {canonical(page.next)}"
