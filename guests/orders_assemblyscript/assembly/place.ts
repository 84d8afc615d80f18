/** Placing an order. */
import { Result, clock, http, log, ok, random } from "@flux-run/assemblyscript";
import * as payments from "./payments";
import * as prices from "./prices";
import * as receipts from "./receipts";
import { Order } from "./store";
import * as store from "./store";
import { NewOrder } from "./validation";
import * as validation from "./validation";

export function place(request: http.Request): Result<http.Response> {
  const wanted = validation.order(request);
  if (wanted.failed) return wanted.pass<http.Response>();
  const price = prices.get(wanted.value.sku);
  if (price.failed) return price.pass<http.Response>();
  const order = priceOrder(wanted.value, price.value);
  const charged = payments.charge(order);
  if (charged.failed) return charged.pass<http.Response>();
  order.createdAt = clock.now().toRfc3339();
  const stored = store.insert(order);
  if (stored.failed) return stored.pass<http.Response>();
  const sent = receipts.send(order.id);
  if (sent.failed) return sent.pass<http.Response>();
  log.info("order placed", [
    log.field("order", order.id),
    log.field("sku", order.sku),
    log.field("cents", order.amountCents),
  ]);
  return ok(http.Response.json(201, order));
}

/** The order as it will be stored, but for its time: an order is created when it was paid. */
function priceOrder(wanted: NewOrder, price: i64): Order {
  const amount = amountCents(price, wanted.quantity);
  return new Order(random.uuidV4(), wanted.sku, wanted.quantity, wanted.email, amount, "placed", "");
}

/** Validation keeps both numbers so small that their product is exact. */
function amountCents(price: i64, quantity: i64): i64 {
  // The bug of the changed build, which no order of one piece shows.
  return price * (isDefined(feature_changed) ? 1 : quantity);
}
