/** The payment service. */
import { Done, Result, config, done, fetch, http, json, log, ok } from "@flux-run/assemblyscript";
import { Order } from "./store";

/** What the service is told, in the order it is written. */
class Charge implements json.ToJson {
  constructor(private readonly order: Order) {}

  toJson(writer: json.Writer): void {
    const order = this.order;
    writer.object().field("order", order.id).field("sku", order.sku).field("quantity", order.quantity);
    writer.field("amount_cents", order.amountCents).field("email", order.email).end();
  }
}

export function charge(order: Order): Result<Done> {
  const request = requestOf(order);
  if (request.failed) return request.pass<Done>();
  const sent = request.value.send();
  if (sent.failed) {
    const code = sent.error.code;
    log.warn("charge failed", [log.field("order", order.id), log.field("error", code)]);
    return http.Error.badGateway(`the payment service did not answer: ${code}`).fail<Done>();
  }
  const response = sent.value;
  if (response.isSuccess) return done();
  log.warn("charge refused", [log.field("order", order.id), log.field("status", response.status)]);
  return http.Error.badGateway(`the payment service answered ${response.status}`).fail<Done>();
}

function requestOf(order: Order): Result<fetch.Request> {
  const url = config.require("payments_url");
  if (url.failed) return url.pass<fetch.Request>();
  const request = fetch.Request.post(`${url.value}/charge`).json(new Charge(order));
  const key = config.secret("payments_key");
  return ok(key === null ? request : request.header("authorization", `Bearer ${key}`));
}
