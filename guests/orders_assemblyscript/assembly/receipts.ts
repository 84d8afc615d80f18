/** Receipts: a job of queue `receipts` for every order. */
import { Done, Result, done, jobs, json, log, queue } from "@flux-run/assemblyscript";
import * as store from "./store";

class Receipt implements json.ToJson {
  constructor(private readonly order: string) {}

  toJson(writer: json.Writer): void {
    writer.object().field("order", this.order).end();
  }
}

export function send(order: string): Result<string> {
  return queue.sendJson("receipts", new Receipt(order));
}

export function mail(job: jobs.Job): Result<Done> {
  const payload = json.parse(job.payload);
  const id: string | null = payload.failed ? null : payload.value.textOf("order");
  if (id === null) return jobs.Failure.discard("the payload must name an order").fail<Done>();
  const db = store.open();
  if (db.failed) return db.pass<Done>();
  const found = store.byId(db.value, id);
  if (found.failed) return found.pass<Done>();
  const order = found.value;
  if (order === null) return jobs.Failure.discard(`there is no order ${id}`).fail<Done>();
  const fields = [log.field("order", order.id), log.field("attempt", job.attempt)];
  if (job.attempt == 1 && order.email.startsWith("flaky")) {
    log.warn("receipt postponed", fields);
    return jobs.Failure.retry("the mail server asks to try again").fail<Done>();
  }
  const marked = store.markMailed(db.value, order.id);
  if (marked.failed) return marked.pass<Done>();
  log.info("receipt mailed", fields);
  return done();
}
