/** Durable queues. A job that was sent is run by the guest's `run` at least once. */
import { Result } from "../result";
import { Error } from "./error";
import { Options } from "./options";

export { Error, ErrorKind } from "./error";
export { Options } from "./options";

/** Sends bytes to be run as soon as possible, and returns the job's id. */
export function send(queue: string, payload: Uint8Array): Result<string, Error> {
  return new Options().send(queue, payload);
}

/** Sends a value as JSON to be run as soon as possible, and returns the job's id. */
export function sendJson<T>(queue: string, value: T): Result<string> {
  return new Options().sendJson<T>(queue, value);
}
