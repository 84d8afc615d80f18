/** `/ambient`: clock, random, config and log. */

import { clock, config, log, random, type Response } from "@flux-run/sdk";
import { canonical, Report } from "./canonical.ts";
import { edgeText } from "./edges.ts";

export async function run(): Promise<Response> {
  const report = new Report();
  const now = clock.now();
  report.line("clock.now", "seconds", now.seconds);
  report.line("clock.now", "nanoseconds", BigInt(now.nanoseconds));
  report.line("clock.now", "text", now.toRfc3339());
  for (const ms of [0, 1]) {
    await clock.sleep(ms);
  }
  report.line("clock.monotonic", "", clock.monotonic());
  for (const length of [0, 1, 16, 100, 65_536]) {
    report.line("random.bytes", String(length), random.bytes(length));
  }
  report.line("random.uuid", "", random.uuid());
  for (const key of ["plain", "empty", "absent", edgeText, ""]) {
    report.line("config.get", key, config.get(key));
  }
  for (const name of ["token", "empty", "absent", edgeText]) {
    report.line("config.secret", name, config.secret(name));
  }
  lines();
  return report.respond();
}

/** A line of every level. */
function lines(): void {
  log.trace("");
  log.debug(edgeText, { "": "" });
  log.info("many", [
    ["twice", "1"],
    ["twice", "2"],
    [edgeText, edgeText],
  ]);
  log.warn("two\nlines", { text: canonical("a") });
  log.error("last", { n: 9007199254740993n });
}
