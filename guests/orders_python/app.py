"""The sample application of every Flux SDK: a small shop.

`POST /orders` validates an order, reads its price, charges it, stores it and queues its receipt.
`GET /orders/{id}` and `GET /orders?limit&cursor` read orders, `PUT /prices/{sku}` sets a price. The
job handler of queue `receipts` marks an order as mailed.

Every language gives the same bytes and makes the same calls in the same order, so texts are fixed
ones and never a library's.
"""

import flux

from orders import place, prices, read, receipts

app = flux.http(flux.Router())

app.post("/orders")(place.place)
app.get("/orders")(read.page)
app.get("/orders/{id}")(read.one)
app.put("/prices/{sku}")(prices.put)

flux.job(receipts.mail)
