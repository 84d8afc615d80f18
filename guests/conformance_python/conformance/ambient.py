"""`/ambient`: clock, random, config and log."""

import flux
from flux import clock, config, log, random
from flux.log import Level

from .canonical import Report, canonical
from .edges import TEXT


def run() -> flux.Response:
    report = Report()
    now = clock.now()
    report.line("clock.now", "seconds", now.seconds)
    report.line("clock.now", "nanoseconds", now.nanoseconds)
    report.line("clock.now", "text", now.to_rfc3339())
    for milliseconds in (0, 1):
        clock.sleep_ms(milliseconds)
    report.line("clock.monotonic", "", clock.monotonic_ns())
    for length in (0, 1, 16, 100, 65_536):
        report.line("random.bytes", str(length), random.bytes(length))
    report.line("random.uuid", "", random.uuid_v4())
    for key in ("plain", "empty", "absent", TEXT, ""):
        report.line("config.get", key, config.get(key))
    for name in ("token", "empty", "absent", TEXT):
        report.line("config.secret", name, config.secret(name))
    _lines()
    return report.respond()


def _lines() -> None:
    """A line of every level."""
    log.write(Level.TRACE, "")
    log.write(Level.DEBUG, TEXT, [("", "")])
    log.write(Level.INFO, "many", [("twice", "1"), ("twice", "2"), (TEXT, TEXT)])
    log.write(Level.WARN, "two\nlines", [("text", canonical("a"))])
    log.write(Level.ERROR, "last", [("n", "9007199254740993")])
