"""The values at the edges, which several interfaces are given."""

TEXT = "é€🦀\0."
"""Text that is not ASCII: two, three and four bytes a character in UTF-8, and a NUL."""

BYTES = b"\xff\xfe\x00\x80\xc3"
"""Bytes that are no UTF-8."""

BEYOND_DOUBLE = 2**53 + 1
"""The first integer that a double cannot hold."""

I64_MIN, I64_MAX = -(2**63), 2**63 - 1
U32_MAX, U64_MAX = 2**32 - 1, 2**64 - 1


def large_bytes() -> bytes:
    """1 MiB of bytes in which every value occurs."""
    return bytes((index ^ index >> 8) & 255 for index in range(1 << 20))


def large_text() -> str:
    """1 MiB of text in UTF-8, two bytes a character."""
    return "é" * (1 << 19)
