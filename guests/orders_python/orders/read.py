"""Reading orders."""

import flux

from . import store, validation
from .store import Order


def one(request: flux.Request, id: str) -> flux.Response:
    order = store.by_id(store.open(), id).decode_first(Order.from_row)
    if order is None:
        raise flux.HttpError(404, f"there is no order {id}")
    return flux.Response.json(200, order)


def page(request: flux.Request) -> flux.Response:
    """A page; `next` is the cursor of the one that follows, null after the last."""
    limit = validation.limit(request)
    cursor = request.query_param("cursor") or ""
    # One more than is shown tells whether there is another page.
    orders = store.after(store.open(), cursor, limit + 1).decode(Order.from_row)
    shown = orders[:limit]
    following = shown[-1].id if len(orders) > limit else None
    return flux.Response.json(200, {"orders": shown, "next": following})
