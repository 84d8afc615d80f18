/** Receipts: a job of queue `receipts` for every order. */

import { type Job, JobFailure, log, queue } from "@flux-run/sdk";
import * as store from "./store.ts";

export async function send(order: string): Promise<void> {
  await queue.sendJson("receipts", { order });
}

export async function mail(job: Job): Promise<void> {
  const id = orderOf(job);
  const db = await store.open();
  const order = (await store.byId(db, id)).decodeFirst(store.columns);
  if (order === undefined) throw JobFailure.discard(`there is no order ${id}`);
  if (job.attempt === 1 && order.email.startsWith("flaky")) {
    log.warn("receipt postponed", { order: order.id, attempt: job.attempt });
    throw JobFailure.retry("the mail server asks to try again");
  }
  await store.markMailed(db, order.id);
  log.info("receipt mailed", { order: order.id, attempt: job.attempt });
}

function orderOf(job: Job): string {
  const { order } = payloadOf(job) ?? {};
  if (typeof order !== "string") throw JobFailure.discard("the payload must name an order");
  return order;
}

function payloadOf(job: Job): { order?: unknown } | null {
  try {
    return job.json();
  } catch {
    return null;
  }
}
