"""Prices: bucket `prices` holds cents as decimal text, by SKU."""

import re

import flux
from flux import kv, log

from . import validation

_CENTS = re.compile("[+-]?[0-9]+")


def get(sku: str) -> int:
    entry = kv.open("prices").get(sku)
    if entry is None:
        raise flux.HttpError(404, f"there is no price for {sku}")
    text = entry.value.decode(errors="replace")
    if not _CENTS.fullmatch(text):
        raise flux.Error("invalid digit found in string")
    return int(text)


def put(request: flux.Request, sku: str) -> flux.Response:
    cents = validation.price(sku, request)
    kv.open("prices").set(sku, str(cents))
    log.info("price set", sku=sku, cents=cents)
    return flux.Response(204)
