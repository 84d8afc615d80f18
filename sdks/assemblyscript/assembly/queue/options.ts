import * as host from "../generated/queue";
import * as json from "../json/index";
import { Result, Some } from "../result";
import { Error } from "./error";

/** How a job is sent. */
export class Options {
  constructor(
    /** Milliseconds before the job may run. */
    public delayMs: Some<u64> | null = null,
    /** A second send with the same key to the same queue returns the first job's id. */
    public idempotencyKey: string | null = null,
    /** How often the job is tried before it becomes a dead letter; null: as flux.toml says. */
    public maxAttempts: Some<u32> | null = null,
  ) {}

  /** The job may not run before so many milliseconds are over. */
  delay(millis: u64): Options {
    this.delayMs = new Some<u64>(millis);
    return this;
  }

  /** A second send with the same key to the same queue returns the first job's id. */
  withIdempotencyKey(key: string): Options {
    this.idempotencyKey = key;
    return this;
  }

  /** How often the job is tried before it becomes a dead letter. */
  attempts(most: u32): Options {
    this.maxAttempts = new Some<u32>(most);
    return this;
  }

  /** Sends bytes and returns the job's id. */
  send(queue: string, payload: Uint8Array): Result<string, Error> {
    return host.send(queue, payload, this);
  }

  /** Sends a value as JSON and returns the job's id. */
  sendJson<T>(queue: string, value: T): Result<string> {
    const sent = this.send(queue, json.stringify<T>(value));
    return sent.failed ? Result.err<string>(new json.CallError(sent.error)) : Result.ok<string>(sent.value);
  }
}
