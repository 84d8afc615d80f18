/** `/kv`: buckets. */

import { type BytesLike, kv, Response } from "@flux-run/sdk";
import { canonical, Canonical, ok, Report } from "./canonical.ts";
import { beyondDouble, edgeBytes, edgeText, i64Max, i64Min, largeBytes, u32Max, u64Max } from "./edges.ts";

/** The keys that the host answers with an error. */
const failing = ["denied", "too-large", "unavailable"];

export async function run(): Promise<Response> {
  const report = new Report();
  await report.ask("kv.open", "missing", kv.open("missing"), () => ok);
  const main = await kv.open("main");
  const other = await kv.open(edgeText);
  for (const key of ["absent", "empty", "text", "bytes", "large", "", edgeText, ...failing]) {
    await report.ask("kv.get", key, main.get(key), entry);
  }
  await report.ask("kv.get", "text", other.get("text"), entry);
  await set(report, main);
  for (const key of ["there", "false", edgeText, ...failing]) {
    await report.ask("kv.delete", key, main.delete(key));
  }
  await increment(report, main);
  await pages(report, main);
  return report.respond();
}

/** An error that no handler looks at. */
export async function uncaught(): Promise<Response> {
  await kv.open("missing");
  return new Response(null, { status: 204 });
}

async function set(report: Report, bucket: kv.Bucket): Promise<void> {
  const ask = (key: string, value: BytesLike, options?: kv.SetOptions) =>
    report.ask("kv.set", key, bucket.set(key, value, options));
  await ask("plain", "value");
  await ask("", "", { ttlMs: 0 });
  await ask(edgeText, edgeBytes, { ttlMs: 1, onlyIf: "absent" });
  await ask("ttl", "1", { ttlMs: beyondDouble, onlyIf: { version: "" } });
  await ask("ttl", "2", { ttlMs: u64Max, onlyIf: { version: edgeText } });
  await ask("large", largeBytes());
  // What was lifted goes down again: the journal has each of its bytes.
  await ask("large", (await bucket.get("large"))?.value ?? "");
  await ask("false", "", { onlyIf: "absent" });
  for (const key of failing) {
    await ask(key, "");
  }
}

/** The host answers with what was to be added. */
async function increment(report: Report, bucket: kv.Bucket): Promise<void> {
  for (const by of [0, 1, -1, beyondDouble, -beyondDouble, i64Min, i64Max]) {
    await report.ask("kv.increment", "by", bucket.increment("by", by));
  }
  for (const key of failing) {
    await report.ask("kv.increment", key, bucket.increment(key));
  }
}

async function pages(report: Report, bucket: kv.Bucket): Promise<void> {
  const ask = (prefix: string, cursor: string | undefined, limit: number) =>
    report.ask("kv.page", prefix, bucket.page(prefix, { cursor, limit }), page);
  await ask("", undefined, 1000);
  await ask("one", "", 1);
  await ask(edgeText, edgeText, 0);
  await ask("many", undefined, u32Max);
  for (const prefix of failing) {
    await ask(prefix, undefined, 1);
  }
  // All pages by the SDK's iterator, two calls.
  await report.ask("kv.keys", "pages", all(bucket.keys("pages")));
}

async function all(keys: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = [];
  for await (const key of keys) found.push(key);
  return found;
}

function entry(found: kv.Entry | undefined): Canonical | undefined {
  return found && new Canonical(`${canonical(found.value)} version ${canonical(found.version)}`);
}

function page({ keys, next }: kv.Page): Canonical {
  return new Canonical(`${canonical(keys)} next ${canonical(next)}`);
}
