/** `/ambient`: clock, random, config and log. */
import { Result, clock, config, http, log, ok, random } from "@flux-run/assemblyscript";
import { Report, canonical } from "./canonical";
import { TEXT } from "./edges";

export function run(): Result<http.Response> {
  const report = new Report();
  const now = clock.now();
  report.line("clock.now", "seconds", now.seconds);
  report.line("clock.now", "nanoseconds", now.nanoseconds);
  report.line("clock.now", "text", now.toRfc3339());
  clock.sleep(0);
  clock.sleep(1);
  report.line("clock.monotonic", "", clock.monotonic());
  const lengths = [0, 1, 16, 100, 65536];
  for (let index = 0; index < lengths.length; ++index) {
    report.line("random.bytes", lengths[index].toString(), random.bytes(lengths[index]));
  }
  report.line("random.uuid", "", random.uuidV4());
  const keys = ["plain", "empty", "absent", TEXT, ""];
  for (let index = 0; index < keys.length; ++index) {
    report.line("config.get", keys[index], config.get(keys[index]));
  }
  const names = ["token", "empty", "absent", TEXT];
  for (let index = 0; index < names.length; ++index) {
    report.line("config.secret", names[index], config.secret(names[index]));
  }
  lines();
  return ok(report.respond());
}

/** A line of every level. */
function lines(): void {
  log.trace("");
  log.debug(TEXT, [log.field("", "")]);
  log.info("many", [log.field("twice", "1"), log.field("twice", "2"), log.field(TEXT, TEXT)]);
  log.warn("two\nlines", [log.field("text", canonical("a"))]);
  log.error("last", [log.field("n", "9007199254740993")]);
}
