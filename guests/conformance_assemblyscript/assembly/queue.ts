/** `/queue`: sending jobs. */
import { Result, http, ok, queue } from "@flux-run/assemblyscript";
import { Report } from "./canonical";
import { BEYOND_DOUBLE, BYTES, EMPTY, TEXT, ascii, largeBytes } from "./edges";

export function run(): Result<http.Response> {
  const report = new Report();
  const job = ascii("job");
  const queues = ["missing", "jobs", "empty", TEXT, "denied", "too-large", "unavailable"];
  for (let index = 0; index < queues.length; ++index) {
    report.result("queue.send", queues[index], queue.send(queues[index], job));
  }
  const payloads = [EMPTY, BYTES, largeBytes()];
  for (let index = 0; index < payloads.length; ++index) {
    report.result("queue.send", "jobs", queue.send("jobs", payloads[index]));
  }
  const all = options();
  for (let index = 0; index < all.length; ++index) {
    report.result("queue.send", "jobs", all[index].send("jobs", job));
  }
  return ok(report.respond());
}

function options(): Array<queue.Options> {
  return [
    new queue.Options().delay(0),
    new queue.Options().delay(BEYOND_DOUBLE),
    new queue.Options().withIdempotencyKey(""),
    new queue.Options().attempts(0),
    new queue.Options().delay(u64.MAX_VALUE).withIdempotencyKey(TEXT).attempts(u32.MAX_VALUE),
    new queue.Options(),
  ];
}
