"""The payment service."""

import flux
from flux import config, fetch, log

from .store import Order


def charge(order: Order) -> None:
    try:
        response = _request(order).send()
    except fetch.Error as error:
        log.warn("charge failed", order=order.id, error=error.code)
        why = f"the payment service did not answer: {error.code}"
        raise flux.HttpError(502, why) from error
    if not response.is_success:
        log.warn("charge refused", order=order.id, status=response.status)
        raise flux.HttpError(502, f"the payment service answered {response.status}")


def _request(order: Order) -> fetch.Request:
    url = f"{config.require('payments_url')}/charge"
    # What the service is told, in the order it is written.
    charge = {
        "order": order.id,
        "sku": order.sku,
        "quantity": order.quantity,
        "amount_cents": order.amount_cents,
        "email": order.email,
    }
    key = config.secret("payments_key")
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    return fetch.Request.json("POST", url, charge, headers=headers)
