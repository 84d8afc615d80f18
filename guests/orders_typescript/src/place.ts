/** Placing an order. */

import { clock, log, random, type Request, Response } from "@flux-run/sdk";
import * as payments from "./payments.ts";
import * as prices from "./prices.ts";
import * as receipts from "./receipts.ts";
import * as store from "./store.ts";
import * as validation from "./validation.ts";

export async function place(request: Request): Promise<Response> {
  const wanted = await validation.order(request);
  const price = await prices.get(wanted.sku);
  const unpaid = priced(wanted, price);
  await payments.charge(unpaid);
  const order = { ...unpaid, created_at: clock.now().toRfc3339() };
  await store.insert(order);
  await receipts.send(order.id);
  log.info("order placed", { order: order.id, sku: order.sku, cents: order.amount_cents });
  return Response.json(order, { status: 201 });
}

/** The order as it will be stored, but for its time: an order is created when it was paid. */
function priced({ sku, quantity, email }: validation.NewOrder, price: number): store.Order {
  return {
    id: random.uuid(),
    sku,
    quantity,
    email,
    // Validation keeps both numbers so small that their product is exact.
    amount_cents: price * quantity,
    status: "placed",
    created_at: "",
  };
}
