"""What is accepted. All faults of an order are told at once, in the order of its fields."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flux

# The highest price, a million: with the highest quantity it still is an exact number in JSON.
_MAX_CENTS = 100_000_000
_MAX_QUANTITY = 1000
_DEFAULT_LIMIT = 20

_SKU = "sku must be 1 to 64 letters, digits, hyphens or underscores"
_QUANTITY = "quantity must be an integer from 1 to 1000"
_EMAIL = "email must be an address"
_CENTS = "cents must be an integer from 0 to 100000000"
_LIMIT = "limit must be an integer from 1 to 100"

# ASCII only, so that its length is the same in every language.
_SKU_FORM = re.compile("[A-Za-z0-9_-]{1,64}")
_LIMIT_FORM = re.compile("0*([1-9][0-9]?|100)")


@dataclass
class NewOrder:
    """An order as it was asked for."""

    sku: str
    quantity: int
    email: str


def order(request: flux.Request) -> NewOrder:
    body = _object(request)
    sku = _text(body, "sku", _is_sku)
    quantity = _integer(body, "quantity", 1, _MAX_QUANTITY)
    email = _text(body, "email", _is_email)
    if sku is not None and quantity is not None and email is not None:
        return NewOrder(sku, quantity, email)
    checks = [(sku, _SKU), (quantity, _QUANTITY), (email, _EMAIL)]
    raise flux.HttpError(422, "; ".join(fault for value, fault in checks if value is None))


def price(sku: str, request: flux.Request) -> int:
    if not _is_sku(sku):
        raise flux.HttpError(422, _SKU)
    cents = _integer(_object(request), "cents", 0, _MAX_CENTS)
    if cents is None:
        raise flux.HttpError(422, _CENTS)
    return cents


def limit(request: flux.Request) -> int:
    """The size of a page; 20 if none is asked for."""
    text = request.query_param("limit")
    if text is None:
        return _DEFAULT_LIMIT
    found = _LIMIT_FORM.fullmatch(text)
    if found is None:
        raise flux.HttpError(422, _LIMIT)
    return int(found[1])


def _object(request: flux.Request) -> dict[str, Any]:
    fault = flux.HttpError(400, "the body must be a JSON object")
    try:
        body = request.json()
    except flux.HttpError:
        raise fault from None
    if not isinstance(body, dict):
        raise fault
    return body


def _text(body: dict[str, Any], name: str, is_valid: Callable[[str], bool]) -> str | None:
    text = body.get(name)
    return text if isinstance(text, str) and is_valid(text) else None


def _integer(body: dict[str, Any], name: str, low: int, high: int) -> int | None:
    """2.0 is an integer too: in some languages a JSON number does not tell them apart."""
    number = body.get(name)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    return int(number) if low <= number <= high and number == int(number) else None


def _is_sku(text: str) -> bool:
    return _SKU_FORM.fullmatch(text) is not None


def _is_email(text: str) -> bool:
    name, _, host = text.partition("@")
    complete = bool(name) and bool(host) and "@" not in host
    return complete and not any(space in text for space in " \t\r\n")
