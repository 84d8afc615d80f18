import type { Awaitable } from "./host/contract.ts";
import type { Request } from "./http/request.ts";
import type { Response } from "./http/response.ts";
import type { Job } from "./job.ts";

/**
 * What a guest exports as its default: either function, or both.
 *
 * ```ts
 * export default {
 *   async fetch(request) {
 *     return Response.json({ path: request.path });
 *   },
 * } satisfies Handler;
 * ```
 */
export interface Handler {
  /** Answers HTTP requests. */
  fetch?(request: Request): Awaitable<Response>;
  /** Runs the jobs of queues. */
  job?(job: Job): Awaitable<void>;
}
