"""The host's clock. A replay reads the recorded times, and its sleeps take none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from . import _host

__all__ = ["DateTime", "monotonic_ns", "now", "sleep_ms"]

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DAYS_FROM_MARCH_OF_YEAR_0 = 719_468
_DAYS_OF_400_YEARS = 146_097


@dataclass(frozen=True, order=True)
class DateTime:
    """A point in time, UTC.

    As text it is RFC 3339 with milliseconds, such as `2026-11-21T06:18:00.123Z`: the form that
    every Flux SDK writes.
    """

    seconds: int
    """Whole seconds since the Unix epoch."""
    nanoseconds: int
    """What lies between two seconds, below 1,000,000,000."""

    def __str__(self) -> str:
        return self.to_rfc3339()

    def to_rfc3339(self) -> str:
        """RFC 3339 in UTC, with milliseconds; what is below them is cut off."""
        year, month, day = _civil(self.seconds // 86_400)
        minutes, second = divmod(self.seconds % 86_400, 60)
        hour, minute = divmod(minutes, 60)
        milliseconds = self.nanoseconds // 1_000_000
        date = f"{year:04}-{month:02}-{day:02}"
        return f"{date}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z"

    def to_datetime(self) -> datetime:
        """As a `datetime` of UTC, whose smallest unit is the microsecond. Up to the year 9999."""
        return _EPOCH + timedelta(seconds=self.seconds, microseconds=self.nanoseconds // 1000)

    def unix_millis(self) -> int:
        """Milliseconds since the Unix epoch."""
        return self.seconds * 1000 + self.nanoseconds // 1_000_000


def _civil(days: int) -> tuple[int, int, int]:
    """The Gregorian date of a day since the epoch; `datetime` ends with the year 9999.

    Years are counted from March, so that the leap day is the last of its year and every month's
    start is a linear function of its number.
    """
    era, day = divmod(days + _DAYS_FROM_MARCH_OF_YEAR_0, _DAYS_OF_400_YEARS)
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day_of_month = day - (153 * month + 2) // 5 + 1
    month, turn = (month + 3, 0) if month < 10 else (month - 9, 1)
    return era * 400 + year + turn, month, day_of_month


def now() -> DateTime:
    """The time now."""
    time = _host.clock.now()
    return DateTime(time.seconds, time.nanoseconds)


def monotonic_ns() -> int:
    """Nanoseconds since this execution began. Never goes back."""
    return int(_host.clock.monotonic())


def sleep_ms(milliseconds: int) -> None:
    """Waits, at most 2**32 - 1 milliseconds, which are 49 days."""
    _host.clock.sleep(_host.integer_of(milliseconds, "milliseconds", 32))
