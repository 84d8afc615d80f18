/** `/kv`: buckets. */
import { Done, Result, Some, done, http, kv, ok } from "@flux-run/assemblyscript";
import { Report } from "./canonical";
import { BEYOND_DOUBLE, BYTES, EMPTY, TEXT, ascii, largeBytes } from "./edges";

/** The keys that the host answers with an error. */
const FAILING = ["denied", "too-large", "unavailable"];

export function run(): Result<http.Response> {
  const report = new Report();
  report.opened("kv.open", "missing", kv.Bucket.open("missing"));
  const main = kv.Bucket.open("main");
  if (main.failed) return main.pass<http.Response>();
  const other = kv.Bucket.open(TEXT);
  if (other.failed) return other.pass<http.Response>();
  get(report, main.value);
  report.result("kv.get", "text", other.value.get("text"));
  const set = sets(report, main.value);
  if (set.failed) return set.pass<http.Response>();
  remove(report, main.value);
  increment(report, main.value);
  pages(report, main.value);
  return ok(report.respond());
}

/** An error that no handler looks at. */
export function uncaught(): Result<http.Response> {
  const opened = kv.Bucket.open("missing");
  if (opened.failed) return opened.pass<http.Response>();
  return ok(new http.Response(204));
}

function get(report: Report, bucket: kv.Bucket): void {
  const keys = ["absent", "empty", "text", "bytes", "large", "", TEXT].concat(FAILING);
  for (let index = 0; index < keys.length; ++index) {
    report.result("kv.get", keys[index], bucket.get(keys[index]));
  }
}

function sets(report: Report, bucket: kv.Bucket): Result<Done> {
  set(report, bucket, "plain", ascii("value"), new kv.SetOptions());
  set(report, bucket, "", EMPTY, new kv.SetOptions().ttl(0));
  set(report, bucket, TEXT, BYTES, new kv.SetOptions().ttl(1).ifAbsent());
  set(report, bucket, "ttl", ascii("1"), new kv.SetOptions().ttl(BEYOND_DOUBLE).ifVersion(""));
  const longest = new kv.SetOptions(new Some<u64>(u64.MAX_VALUE), kv.Condition.version(TEXT));
  set(report, bucket, "ttl", ascii("2"), longest);
  set(report, bucket, "large", largeBytes(), new kv.SetOptions());
  // What was lifted goes down again: the journal has each of its bytes.
  const large = bucket.get("large");
  if (large.failed) return large.pass<Done>();
  const entry = large.value;
  set(report, bucket, "large", entry ? entry.value : EMPTY, new kv.SetOptions());
  set(report, bucket, "false", EMPTY, new kv.SetOptions().ifAbsent());
  for (let index = 0; index < FAILING.length; ++index) {
    set(report, bucket, FAILING[index], EMPTY, new kv.SetOptions());
  }
  return done();
}

function set(report: Report, bucket: kv.Bucket, key: string, value: Uint8Array, options: kv.SetOptions): void {
  report.result("kv.set", key, bucket.setWith(key, value, options));
}

function remove(report: Report, bucket: kv.Bucket): void {
  const keys = ["there", "false", TEXT].concat(FAILING);
  for (let index = 0; index < keys.length; ++index) {
    report.result("kv.delete", keys[index], bucket.delete(keys[index]));
  }
}

/** The host answers with what was to be added. */
function increment(report: Report, bucket: kv.Bucket): void {
  const sums: Array<i64> = [0, 1, -1, BEYOND_DOUBLE, -BEYOND_DOUBLE, i64.MIN_VALUE, i64.MAX_VALUE];
  for (let index = 0; index < sums.length; ++index) {
    report.result("kv.increment", "by", bucket.increment("by", sums[index]));
  }
  for (let index = 0; index < FAILING.length; ++index) {
    report.result("kv.increment", FAILING[index], bucket.increment(FAILING[index], 1));
  }
}

function pages(report: Report, bucket: kv.Bucket): void {
  report.result("kv.page", "", bucket.page("", null, 1000));
  report.result("kv.page", "one", bucket.page("one", "", 1));
  report.result("kv.page", TEXT, bucket.page(TEXT, TEXT, 0));
  report.result("kv.page", "many", bucket.page("many", null, u32.MAX_VALUE));
  for (let index = 0; index < FAILING.length; ++index) {
    report.result("kv.page", FAILING[index], bucket.page(FAILING[index], null, 1));
  }
  // All pages by the SDK, two calls.
  report.result("kv.keys", "pages", bucket.keys("pages"));
}
