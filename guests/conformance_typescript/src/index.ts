/**
 * The conformance scenario: guests/CONFORMANCE.md says what it is for and how it is written.
 *
 * Each path makes a fixed sequence of calls and answers with what they gave, in the canonical text.
 */

import { type Handler, HttpError, type Request, type Response } from "@flux-run/sdk";
import * as ambient from "./ambient.ts";
import * as bug from "./bug.ts";
import * as db from "./db.ts";
import * as fetch from "./fetch.ts";
import * as http from "./http.ts";
import * as jobs from "./jobs.ts";
import * as kv from "./kv.ts";
import * as queue from "./queue.ts";

const paths: Record<string, (request: Request) => Promise<Response>> = {
  "/kv": kv.run,
  "/db": db.run,
  "/queue": queue.run,
  "/fetch": fetch.run,
  "/ambient": ambient.run,
  "/mirror": http.mirror,
  "/problem": async () => {
    throw new HttpError(418, http.detail);
  },
  "/uncaught": kv.uncaught,
  "/bug": bug.fail,
};

export default {
  fetch: (request) => (paths[request.path] ?? http.describe)(request),
  job: jobs.run,
} satisfies Handler;
