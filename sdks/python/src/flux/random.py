"""Randomness from the host. Its seed is recorded, so a replay draws the same numbers."""

from __future__ import annotations

import builtins

from . import _host

__all__ = ["bytes", "u64", "uuid_v4"]

LIMIT = 65_536
"""What the host gives in one call."""


def bytes(length: int) -> builtins.bytes:
    """Random bytes. More than 65,536 take more than one call."""
    if length < 0:
        raise ValueError(f"length must not be negative, and is {length}")
    pieces = []
    while length > 0:
        pieces.append(_host.random.bytes(min(length, LIMIT)))
        length -= LIMIT
    return b"".join(pieces)


def u64() -> int:
    """A random number from 0 to 2**64 - 1, from one call for 8 bytes."""
    return int.from_bytes(_host.random.bytes(8), "big")


def uuid_v4() -> str:
    """A random UUID (version 4) in lower case, from one call for 16 bytes."""
    return _uuid(_host.random.bytes(16))


def _uuid(random: builtins.bytes) -> str:
    octets = bytearray(random)
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    text = octets.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
