/**
 * The host's interfaces, `flux:host@0.1.0`, as this SDK calls them.
 *
 * This is the whole boundary: `component.ts` fills it with the bindings of a component, `node.ts`
 * with what a unit test gives, and another engine with functions of its own. Where a result may be a
 * promise, the SDK waits for it; what fails throws an object with the contract's error as `payload`.
 */

/** A value, or a promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** Names and values, in an order that counts. */
export type RawPairs = [string, string][];

export type RawValue =
  | { tag: "null" }
  | { tag: "boolean"; val: boolean }
  | { tag: "integer"; val: bigint }
  | { tag: "real"; val: number }
  | { tag: "text"; val: string }
  | { tag: "bytes"; val: Uint8Array };

export interface RawRows {
  columns: string[];
  rows: RawValue[][];
}

export interface RawTransaction {
  /** Gives it back to the host, which undoes it. */
  [Symbol.dispose]?(): void;
  query(sql: string, params: RawValue[]): Awaitable<RawRows>;
  execute(sql: string, params: RawValue[]): Awaitable<bigint>;
}

export interface RawConnection {
  query(sql: string, params: RawValue[]): Awaitable<RawRows>;
  execute(sql: string, params: RawValue[]): Awaitable<bigint>;
  begin(): Awaitable<RawTransaction>;
}

export interface DbHost {
  Connection: { open(name: string): Awaitable<RawConnection> };
  Transaction: {
    commit(tx: RawTransaction): Awaitable<void>;
    rollback(tx: RawTransaction): Awaitable<void>;
  };
}

export interface RawSetOptions {
  ttlMs: bigint | undefined;
  onlyIf: { tag: "absent" } | { tag: "version"; val: string } | undefined;
}

export interface RawBucket {
  get(key: string): Awaitable<{ value: Uint8Array; version: string } | undefined>;
  set(key: string, value: Uint8Array, options: RawSetOptions): Awaitable<boolean>;
  delete(key: string): Awaitable<boolean>;
  increment(key: string, by: bigint): Awaitable<bigint>;
  keys(
    prefix: string,
    cursor: string | undefined,
    limit: number,
  ): Awaitable<{ keys: string[]; next?: string | undefined }>;
}

export interface KvHost {
  Bucket: { open(name: string): Awaitable<RawBucket> };
}

export interface QueueHost {
  send(
    queue: string,
    payload: Uint8Array,
    options: {
      delayMs: bigint | undefined;
      idempotencyKey: string | undefined;
      maxAttempts: number | undefined;
    },
  ): Awaitable<string>;
}

export interface RawFetchRequest {
  method: string;
  url: string;
  headers: RawPairs;
  body: Uint8Array;
  timeoutMs: number | undefined;
}

export interface RawResponse {
  status: number;
  headers: RawPairs;
  body: Uint8Array;
}

export type RawOutcome<T> = { tag: "ok"; val: T } | { tag: "err"; val: RawError };

export interface FetchHost {
  send(request: RawFetchRequest): Awaitable<RawResponse>;
  sendAll(requests: RawFetchRequest[]): Awaitable<RawOutcome<RawResponse>[]>;
}

export interface LogHost {
  write(level: "trace" | "debug" | "info" | "warn" | "error", message: string, fields: RawPairs): void;
}

export interface ClockHost {
  now(): { seconds: bigint; nanoseconds: number };
  monotonic(): bigint;
  sleep(ms: number): Awaitable<void>;
}

export interface RandomHost {
  bytes(len: number): Uint8Array;
}

export interface ConfigHost {
  get(key: string): string | undefined;
  secret(name: string): string | undefined;
}

/** An error of any interface. */
export interface RawError {
  tag: string;
  val?: string | { message: string; detail?: string | undefined };
}

/** What the HTTP handler is given. */
export interface RawRequest {
  method: string;
  path: string;
  query?: string | undefined;
  headers: RawPairs;
  body: Uint8Array;
  params: RawPairs;
}

/** What the job handler is given. */
export interface RawJob {
  id: string;
  queue: string;
  payload: Uint8Array;
  attempt: number;
}
