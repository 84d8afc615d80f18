/** The payment service. */

import { config, fetch, FetchError, HttpError, log, type Response } from "@flux-run/sdk";
import type { Order } from "./store.ts";

export async function charge(order: Order): Promise<void> {
  const response = await answer(order);
  if (response.ok) return;
  log.warn("charge refused", { order: order.id, status: response.status });
  throw HttpError.badGateway(`the payment service answered ${response.status}`);
}

async function answer(order: Order): Promise<Response> {
  try {
    return await send(order);
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    log.warn("charge failed", { order: order.id, error: error.code });
    throw HttpError.badGateway(`the payment service did not answer: ${error.code}`);
  }
}

function send(order: Order): Promise<Response> {
  const url = `${config.require("payments_url")}/charge`;
  // What the service is told, in the order it is written.
  const { id, sku, quantity, amount_cents, email } = order;
  const json = { order: id, sku, quantity, amount_cents, email };
  const key = config.secret("payments_key");
  const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return fetch(url, { method: "POST", json, headers: authorization });
}
