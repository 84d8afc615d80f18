/**
 * Durable queues. A job that was sent is run by a handler's `job` at least once.
 *
 * ```ts
 * await queue.sendJson("reminders", { order }, { delayMs: 3_600_000, idempotencyKey: order });
 * ```
 */

import { type BytesLike, toBytes, writeJson } from "./bytes.ts";
import { call, CallError, reasonOf, withContext } from "./errors.ts";
import { queue as host } from "#host";
import type { RawError } from "./host/contract.ts";

/** The cases of {@link QueueError}: not allowed; payload over its limit; the queue cannot be reached. */
export type QueueErrorCode = "denied" | "too-large" | "unavailable";

/** Why a job was not sent. */
export class QueueError extends CallError<QueueErrorCode> {}

function wrap(error: RawError): QueueError {
  const code = error.tag as QueueErrorCode;
  const reason = reasonOf(error);
  const texts = {
    denied: `the queue is denied: ${reason}`,
    "too-large": "the payload is too large for the queue",
    unavailable: `the queue is unavailable: ${reason}`,
  };
  return new QueueError(code, texts[code], reason);
}

/** How a job is sent. */
export interface SendOptions {
  /** Milliseconds before the job may run; `undefined`: at once. */
  delayMs?: number | bigint | undefined;
  /** A second send with the same key to the same queue returns the first job's id. */
  idempotencyKey?: string | undefined;
  /** How often the job is tried before it becomes a dead letter; `undefined`: as flux.toml says. */
  maxAttempts?: number | undefined;
}

/** Sends bytes and returns the job's id. */
export function send(queue: string, payload: BytesLike, options: SendOptions = {}): Promise<string> {
  const { delayMs, idempotencyKey, maxAttempts } = options;
  const raw = { delayMs: delayMs === undefined ? undefined : BigInt(delayMs), idempotencyKey, maxAttempts };
  return call("queue.send", () => host.send(queue, toBytes(payload), raw), wrap);
}

/** Sends a value as JSON and returns the job's id. */
export async function sendJson(queue: string, value: unknown, options?: SendOptions): Promise<string> {
  return withContext(send(queue, writeJson(value), options));
}
