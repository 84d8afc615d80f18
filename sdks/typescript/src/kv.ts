/**
 * Key-value buckets, opened by the label they have in `flux.toml`.
 *
 * ```ts
 * const locks = await kv.open("locks");
 * const mine = await locks.set(name, "mine", { ttlMs: 30_000, onlyIf: "absent" });
 * ```
 */

import { type BytesLike, readJson, toBytes, toText, writeJson } from "./bytes.ts";
import { call, CallError, JsonError, reasonOf, withContext } from "./errors.ts";
import { kv as host } from "#host";
import type { RawBucket, RawError, RawSetOptions } from "./host/contract.ts";

/** The cases of {@link KvError}: not allowed; key or value over its limit; the store cannot be reached. */
export type KvErrorCode = "denied" | "too-large" | "unavailable";

/** Why a bucket did not do as asked. */
export class KvError extends CallError<KvErrorCode> {}

function wrap(error: RawError): KvError {
  const code = error.tag as KvErrorCode;
  const reason = reasonOf(error);
  const texts = {
    denied: `the bucket is denied: ${reason}`,
    "too-large": "the key or the value is too large for the bucket",
    unavailable: `the bucket is unavailable: ${reason}`,
  };
  return new KvError(code, texts[code], reason);
}

/** A value, and its version for compare-and-swap. */
export class Entry {
  /** The value. */
  readonly value: Uint8Array;
  /** What {@link SetOptions.onlyIf} takes. */
  readonly version: string;

  constructor(value: Uint8Array, version: string) {
    this.value = value;
    this.version = version;
  }

  /** The value as text; throws a {@link JsonError} if it is no UTF-8. */
  text(): string {
    try {
      return toText(this.value);
    } catch (error) {
      throw new JsonError(error);
    }
  }

  /** The value as JSON; throws a {@link JsonError} if it is none. */
  json<T = unknown>(): T {
    return readJson(this.value) as T;
  }
}

/** How a value is set. */
export interface SetOptions {
  /** Milliseconds until the value is gone; `undefined`: it stays. */
  ttlMs?: number | bigint | undefined;
  /** Only if the key has no value, or only if it still has this version; `undefined`: always. */
  onlyIf?: "absent" | { version: string } | undefined;
}

/** A page of keys in ascending order; `next` is the cursor of the page that follows, if there is one. */
export interface Page {
  keys: string[];
  next: string | undefined;
}

/** The most that the host gives in one page. */
const pageLimit = 1000;

/** An open bucket. */
export class Bucket {
  readonly #raw: RawBucket;

  /** @internal */
  constructor(raw: RawBucket) {
    this.#raw = raw;
  }

  /** The value of a key; `undefined` if it has none, or its time is over. */
  async get(key: string): Promise<Entry | undefined> {
    const entry = await call("bucket.get", () => this.#raw.get(key), wrap);
    return entry && new Entry(entry.value, entry.version);
  }

  /** The value of a key as JSON; `undefined` if it has none, or its time is over. */
  async getJson<T = unknown>(key: string): Promise<T | undefined> {
    return (await withContext(this.get(key)))?.json<T>();
  }

  /** Sets a value. False: the condition did not hold, and nothing changed. */
  set(key: string, value: BytesLike, options: SetOptions = {}): Promise<boolean> {
    return call("bucket.set", () => this.#raw.set(key, toBytes(value), lower(options)), wrap);
  }

  /** Sets a value as JSON. False: the condition did not hold, and nothing changed. */
  async setJson(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    return withContext(this.set(key, writeJson(value), options));
  }

  /** Deletes a value. False: there was nothing to delete. */
  delete(key: string): Promise<boolean> {
    return call("bucket.delete", () => this.#raw.delete(key), wrap);
  }

  /** Adds to a decimal integer (0 if absent) and returns the sum; both within 64 bits. */
  increment(key: string, by: number | bigint = 1): Promise<bigint> {
    return call("bucket.increment", () => this.#raw.increment(key, BigInt(by)), wrap);
  }

  /** All keys that start with `prefix`, in ascending order, fetched page by page. */
  async *keys(prefix = ""): AsyncGenerator<string, void, undefined> {
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page: Page = await this.page(prefix, { cursor, limit: pageLimit });
      yield* page.keys;
      cursor = page.next;
    }
  }

  /** One page of the keys that start with `prefix`, after `cursor`, at most `limit` (1 to 1,000). */
  async page(
    prefix: string,
    { cursor, limit = pageLimit }: { cursor?: string | undefined; limit?: number } = {},
  ): Promise<Page> {
    const page = await call("bucket.page", () => this.#raw.keys(prefix, cursor, limit), wrap);
    return { keys: page.keys, next: page.next };
  }
}

function lower({ ttlMs, onlyIf }: SetOptions): RawSetOptions {
  return {
    ttlMs: ttlMs === undefined ? undefined : BigInt(ttlMs),
    onlyIf:
      onlyIf === undefined || onlyIf === "absent"
        ? onlyIf && { tag: onlyIf }
        : { tag: "version", val: onlyIf.version },
  };
}

/** Opens the bucket with this label. */
export async function open(name: string): Promise<Bucket> {
  return new Bucket(await call("kv.open", () => host.Bucket.open(name), wrap));
}
