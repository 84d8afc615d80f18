/** Jobs of queues, and what becomes of one that failed. */

import { parseJson } from "./bytes.ts";
import type { RawJob } from "./host/contract.ts";

/** A job to be run. */
export class Job {
  /** The id that sending it returned. */
  readonly id: string;
  /** The queue it was sent to. */
  readonly queue: string;
  /** What was sent. */
  readonly payload: Uint8Array;
  /** 1 for the first try. */
  readonly attempt: number;

  constructor(raw: RawJob) {
    this.id = raw.id;
    this.queue = raw.queue;
    this.payload = raw.payload;
    this.attempt = raw.attempt;
  }

  /** The payload as JSON. One that is none is discarded: it never will be. */
  json<T = unknown>(): T {
    try {
      return parseJson(this.payload) as T;
    } catch (error) {
      throw JobFailure.discard(`the payload is not as expected: ${(error as Error).message}`);
    }
  }
}

/**
 * Why a job was not done. Throw it in a handler; an error of a host call becomes a retry by itself.
 *
 * ```ts
 * throw JobFailure.discard("the payload must name an order");
 * ```
 */
export class JobFailure extends Error {
  /** Whether it is run again. */
  readonly code: "retry" | "discard";

  constructor(code: "retry" | "discard", why: string) {
    super(why);
    this.name = "JobFailure";
    this.code = code;
  }

  /** Run it again later, with backoff, until the attempts are used up. */
  static retry(why: string): JobFailure {
    return new JobFailure("retry", why);
  }

  /** Never run it again: it becomes a dead letter. */
  static discard(why: string): JobFailure {
    return new JobFailure("discard", why);
  }
}
