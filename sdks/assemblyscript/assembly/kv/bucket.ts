import * as host from "../generated/kv";
import * as json from "../json/index";
import { Done, Result } from "../result";
import { encode } from "../text";
import { Entry } from "./entry";
import { Error } from "./error";
import { SetOptions } from "./options";

/** The most that the host gives in one page. */
const LIMIT: u32 = 1000;

/** An open bucket. Keys are text, values are bytes. */
export class Bucket {
  private constructor(private readonly inner: host.Bucket) {}

  /** Opens the bucket with this label. */
  static open(name: string): Result<Bucket, Error> {
    const opened = host.Bucket.open(name);
    if (opened.failed) return Result.err<Bucket, Error>(opened.error);
    return Result.ok<Bucket, Error>(new Bucket(opened.value));
  }

  /** The value of a key; null if it has none, or its time is over. */
  get(key: string): Result<Entry | null, Error> {
    return this.inner.get(key);
  }

  /** The value of a key as JSON; null if it has none, or its time is over. */
  getJson(key: string): Result<json.Value | null> {
    const got = this.inner.get(key);
    if (got.failed) return Result.err<json.Value | null>(new json.CallError(got.error));
    const entry = got.value;
    if (entry === null) return Result.ok<json.Value | null>(null);
    const parsed = entry.json();
    if (parsed.failed) return Result.err<json.Value | null>(new json.MismatchError(parsed.error));
    return Result.ok<json.Value | null>(parsed.value);
  }

  /** Sets a value, to stay, whatever was there. */
  set(key: string, value: Uint8Array): Result<Done, Error> {
    const set = this.inner.set(key, value, new SetOptions());
    return set.failed ? Result.err<Done, Error>(set.error) : Result.ok<Done, Error>(Done.it);
  }

  /** Sets a text, to stay, whatever was there. */
  setText(key: string, value: string): Result<Done, Error> {
    return this.set(key, encode(value));
  }

  /** Sets a value as JSON, to stay, whatever was there. */
  setJson<T>(key: string, value: T): Result<Done> {
    const set = this.set(key, json.stringify<T>(value));
    return set.failed ? Result.err<Done>(new json.CallError(set.error)) : Result.ok<Done>(Done.it);
  }

  /** Sets a value. False: the condition did not hold, and nothing changed. */
  setWith(key: string, value: Uint8Array, options: SetOptions): Result<bool, Error> {
    return this.inner.set(key, value, options);
  }

  /** Deletes a value. False: there was nothing to delete. */
  delete(key: string): Result<bool, Error> {
    return this.inner.delete(key);
  }

  /** Adds to a decimal integer (0 if absent) and returns the sum. */
  increment(key: string, by: i64): Result<i64, Error> {
    return this.inner.increment(key, by);
  }

  /** One page of the keys that start with `prefix`, after `cursor`, at most `limit` (1 to 1,000). */
  page(prefix: string, cursor: string | null, limit: u32): Result<host.Page, Error> {
    return this.inner.keys(prefix, cursor, limit);
  }

  /** All keys that start with `prefix`, in ascending order, fetched page by page. */
  keys(prefix: string): Result<Array<string>, Error> {
    let keys = new Array<string>();
    let cursor: string | null = null;
    do {
      const page = this.page(prefix, cursor, LIMIT);
      if (page.failed) return Result.err<Array<string>, Error>(page.error);
      keys = keys.concat(page.value.keys);
      cursor = page.value.next;
    } while (cursor !== null);
    return Result.ok<Array<string>, Error>(keys);
  }

  /** Gives the handle back to the host, before the execution ends and does it anyway. */
  drop(): void {
    this.inner.drop();
  }
}
