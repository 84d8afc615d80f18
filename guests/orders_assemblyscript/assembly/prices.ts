/** Prices: bucket `prices` holds cents as decimal text, by SKU. */
import { Fault, Result, Some, http, kv, log, ok, text } from "@flux-run/assemblyscript";
import * as validation from "./validation";

/** A price in the bucket that is none. */
class NoPrice extends Fault {
  toString(): string {
    return "the price is no integer";
  }
}

export function get(sku: string): Result<i64> {
  const bucket = kv.Bucket.open("prices");
  if (bucket.failed) return bucket.pass<i64>();
  const got = bucket.value.get(sku);
  if (got.failed) return got.pass<i64>();
  const entry = got.value;
  if (entry === null) return http.Error.notFound(`there is no price for ${sku}`).fail<i64>();
  const written = entry.text();
  const cents: Some<i64> | null = written === null ? null : text.integer(written);
  if (cents === null) return Result.err<i64>(new NoPrice());
  return ok<i64>(cents.value);
}

export function put(sku: string, request: http.Request): Result<http.Response> {
  const cents = validation.price(sku, request);
  if (cents.failed) return cents.pass<http.Response>();
  const bucket = kv.Bucket.open("prices");
  if (bucket.failed) return bucket.pass<http.Response>();
  const set = bucket.value.setText(sku, cents.value.toString());
  if (set.failed) return set.pass<http.Response>();
  log.info("price set", [log.field("sku", sku), log.field("cents", cents.value)]);
  return ok(new http.Response(204));
}
