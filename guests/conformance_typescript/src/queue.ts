/** `/queue`: sending jobs. */

import { queue, type Response } from "@flux-run/sdk";
import { Report } from "./canonical.ts";
import { beyondDouble, edgeBytes, edgeText, largeBytes, u32Max, u64Max } from "./edges.ts";

const options: queue.SendOptions[] = [
  { delayMs: 0 },
  { delayMs: beyondDouble },
  { idempotencyKey: "" },
  { maxAttempts: 0 },
  { delayMs: u64Max, idempotencyKey: edgeText, maxAttempts: u32Max },
  {},
];

export async function run(): Promise<Response> {
  const report = new Report();
  for (const name of ["missing", "jobs", "empty", edgeText, "denied", "too-large", "unavailable"]) {
    await report.ask("queue.send", name, queue.send(name, "job"));
  }
  for (const payload of ["", edgeBytes, largeBytes()]) {
    await report.ask("queue.send", "jobs", queue.send("jobs", payload));
  }
  for (const it of options) {
    await report.ask("queue.send", "jobs", queue.send("jobs", "job", it));
  }
  return report.respond();
}
