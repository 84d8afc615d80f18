"""Receipts: a job of queue `receipts` for every order."""

import flux
from flux import log, queue

from . import store
from .store import Order


def send(order: str) -> None:
    queue.send_json("receipts", {"order": order})


def mail(job: flux.Job) -> None:
    id = _order_of(job)
    db = store.open()
    order = store.by_id(db, id).decode_first(Order.from_row)
    if order is None:
        raise flux.Discard(f"there is no order {id}")
    if job.attempt == 1 and order.email.startswith("flaky"):
        log.warn("receipt postponed", order=order.id, attempt=job.attempt)
        raise flux.Retry("the mail server asks to try again")
    store.mark_mailed(db, order.id)
    log.info("receipt mailed", order=order.id, attempt=job.attempt)


def _order_of(job: flux.Job) -> str:
    fault = flux.Discard("the payload must name an order")
    try:
        payload = job.json()
    except flux.Discard:
        raise fault from None
    match payload:
        case {"order": str(id)}:
            return id
        case _:
            raise fault
