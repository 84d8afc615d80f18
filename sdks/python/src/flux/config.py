"""The values that `flux.toml` gives to the guest."""

from __future__ import annotations

from . import _host
from ._errors import Error

__all__ = ["Missing", "get", "require", "require_secret", "secret"]


class Missing(Error):
    """A required value is not set."""

    def __init__(self, section: str, key: str) -> None:
        super().__init__(f"`{key}` is not set in [{section}] of flux.toml")
        self.section = section
        self.key = key


def get(key: str) -> str | None:
    """A value of `[config]`. `None` if it is not set, which is not the same as empty."""
    return _host.config.get(_host.text_of(key, "a key"))


def require(key: str) -> str:
    """A value of `[config]` that the guest cannot do without. Raises `Missing`."""
    value = get(key)
    if value is None:
        raise Missing("config", key)
    return value


def secret(name: str) -> str | None:
    """A value of `[secrets]`. It is never written to a journal."""
    return _host.config.secret(_host.text_of(name, "a name"))


def require_secret(name: str) -> str:
    """A secret that the guest cannot do without. Raises `Missing`."""
    value = secret(name)
    if value is None:
        raise Missing("secrets", name)
    return value
