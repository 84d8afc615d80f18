/** Write Flux guests in TypeScript: see the README. */

export * as clock from "./clock.ts";
export * as config from "./config.ts";
export * as db from "./db/index.ts";
export * as kv from "./kv.ts";
export * as log from "./log.ts";
export * as queue from "./queue.ts";
export * as random from "./random.ts";

export type { BytesLike } from "./bytes.ts";
export { MissingError } from "./config.ts";
export { DbError, DecodeError } from "./db/index.ts";
export { CallError, chain, FluxError, JsonError } from "./errors.ts";
export {
  fetch,
  fetchAll,
  FetchError,
  type FetchErrorCode,
  type FetchInit,
  type FetchRequest,
} from "./fetch.ts";
export type { Handler } from "./handler.ts";
export type { Awaitable } from "./host/contract.ts";
export { HttpError } from "./http/error.ts";
export { Headers } from "./http/headers.ts";
export { Request, type RequestInit } from "./http/request.ts";
export { Response, type ResponseInit } from "./http/response.ts";
export { type ParamNames, Router, type Route } from "./http/router.ts";
export { Job, JobFailure } from "./job.ts";
export { KvError } from "./kv.ts";
export { Pairs, type PairsInit } from "./pairs.ts";
export { QueueError } from "./queue.ts";
