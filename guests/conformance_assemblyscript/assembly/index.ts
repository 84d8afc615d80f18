/**
 * The conformance scenario: guests/CONFORMANCE.md says what it is for and how it is written.
 *
 * Each path makes a fixed sequence of calls and answers with what they gave, in the canonical text.
 */
import { Done, Result, http, jobs, ok } from "@flux-run/assemblyscript";
import * as ambient from "./ambient";
import * as bug from "./bug";
import * as db from "./db";
import * as fetch from "./fetch";
import { DETAIL, describe, mirror } from "./http";
import * as job from "./jobs";
import * as kv from "./kv";
import * as queue from "./queue";

export function handle(request: http.Request): Result<http.Response> {
  const path = request.path;
  if (path == "/kv") return kv.run();
  if (path == "/db") return db.run();
  if (path == "/queue") return queue.run();
  if (path == "/fetch") return fetch.run();
  if (path == "/ambient") return ambient.run();
  if (path == "/mirror") return mirror(request);
  if (path == "/problem") return new http.Error(418, DETAIL).fail<http.Response>();
  if (path == "/uncaught") return kv.uncaught();
  if (path == "/bug") return bug.fail();
  return ok(describe(request));
}

export function run(it: jobs.Job): Result<Done> {
  return job.run(it);
}
