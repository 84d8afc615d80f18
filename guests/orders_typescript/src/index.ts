/**
 * The sample application of every Flux SDK: a small shop.
 *
 * `POST /orders` validates an order, reads its price, charges it, stores it and queues its receipt.
 * `GET /orders/{id}` and `GET /orders?limit&cursor` read orders, `PUT /prices/{sku}` sets a price. The
 * job handler of queue `receipts` marks an order as mailed.
 *
 * Every language gives the same bytes and makes the same calls in the same order, so texts are fixed
 * ones and never a library's.
 */

import { type Handler, Router } from "@flux-run/sdk";
import { place } from "./place.ts";
import * as prices from "./prices.ts";
import * as read from "./read.ts";
import * as receipts from "./receipts.ts";

const routes = new Router()
  .post("/orders", place)
  .get("/orders", read.page)
  .get("/orders/{id}", (_, { id }) => read.one(id))
  .put("/prices/{sku}", (request, { sku }) => prices.put(sku, request));

export default {
  fetch: (request) => routes.fetch(request),
  job: receipts.mail,
} satisfies Handler;
