"""Placing an order."""

import flux
from flux import clock, log, random

from . import payments, prices, receipts, store, validation
from .store import Order


def place(request: flux.Request) -> flux.Response:
    wanted = validation.order(request)
    price = prices.get(wanted.sku)
    order = _price_order(wanted, price)
    payments.charge(order)
    # An order is created when it was paid.
    order.created_at = clock.now().to_rfc3339()
    store.insert(order)
    receipts.send(order.id)
    log.info("order placed", order=order.id, sku=order.sku, cents=order.amount_cents)
    return flux.Response.json(201, order)


def _price_order(wanted: validation.NewOrder, price: int) -> Order:
    """The order as it will be stored, but for its time."""
    return Order(
        id=random.uuid_v4(),
        sku=wanted.sku,
        quantity=wanted.quantity,
        email=wanted.email,
        # Validation keeps both numbers so small that their product is exact.
        amount_cents=price * wanted.quantity,
        status="placed",
        created_at="",
    )
