/** Reading orders. */
import { Result, http, json, ok } from "@flux-run/assemblyscript";
import { Order } from "./store";
import * as store from "./store";
import * as validation from "./validation";

/** A page; `next` is the cursor of the one that follows, null after the last. */
class Page implements json.ToJson {
  constructor(
    private readonly orders: Array<Order>,
    private readonly next: string | null,
  ) {}

  toJson(writer: json.Writer): void {
    writer.object().field("orders", this.orders).field("next", this.next).end();
  }
}

export function one(id: string): Result<http.Response> {
  const db = store.open();
  if (db.failed) return db.pass<http.Response>();
  const found = store.byId(db.value, id);
  if (found.failed) return found.pass<http.Response>();
  const order = found.value;
  if (order === null) return http.Error.notFound(`there is no order ${id}`).fail<http.Response>();
  return ok(http.Response.json(200, order));
}

export function list(request: http.Request): Result<http.Response> {
  const limit = validation.limit(request);
  if (limit.failed) return limit.pass<http.Response>();
  const cursor = request.queryParam("cursor");
  const db = store.open();
  if (db.failed) return db.pass<http.Response>();
  // One more than is shown tells whether there is another page.
  const found = store.after(db.value, cursor === null ? "" : cursor, limit.value + 1);
  if (found.failed) return found.pass<http.Response>();
  const orders = found.value;
  const more = orders.length > limit.value;
  if (more) orders.length = limit.value;
  const next = more ? orders[orders.length - 1].id : null;
  return ok(http.Response.json(200, new Page(orders, next)));
}
