/**
 * The sample application of every Flux SDK: a small shop.
 *
 * `POST /orders` validates an order, reads its price, charges it, stores it and queues its receipt.
 * `GET /orders/{id}` and `GET /orders?limit&cursor` read orders, `PUT /prices/{sku}` sets a price. The job
 * handler of queue `receipts` marks an order as mailed.
 *
 * Every language gives the same bytes and makes the same calls in the same order, so texts are fixed ones
 * and never a library's.
 */
import { Done, Result, http, jobs } from "@flux-run/assemblyscript";
import { place } from "./place";
import * as prices from "./prices";
import * as read from "./read";
import { mail } from "./receipts";

export function handle(request: http.Request): Result<http.Response> {
  const segments = request.path.split("/").slice(1);
  const method = request.method;
  const last = segments[segments.length - 1];
  if (segments.length == 1 && last == "orders") {
    if (method == "POST") return place(request);
    if (method == "GET") return read.list(request);
  }
  if (segments.length == 2) {
    if (method == "GET" && segments[0] == "orders") return read.one(paramOr(request, "id", last));
    if (method == "PUT" && segments[0] == "prices") {
      return prices.put(paramOr(request, "sku", last), request);
    }
  }
  return http.Error.notFound("there is nothing at this path").fail<http.Response>();
}

export function run(job: jobs.Job): Result<Done> {
  return mail(job);
}

function paramOr(request: http.Request, name: string, other: string): string {
  const param = request.param(name);
  return param === null ? other : param;
}
