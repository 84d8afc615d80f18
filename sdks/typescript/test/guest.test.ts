import assert from "node:assert/strict";
import { test } from "node:test";
import { httpHandler, jobHandler } from "../src/guest.ts";
import { HttpError, JobFailure, kv, queue, Response } from "../src/index.ts";
import { useHost } from "../src/host/node.ts";

const request = { method: "GET", path: "/", headers: [], body: new Uint8Array(), params: [] };
const job = { id: "1", queue: "q", payload: new Uint8Array(), attempt: 1 };
const denied = Object.assign(new Error(), { payload: { tag: "denied", val: "secret place" } });

/** A host that denies everything, and notes the lines of the log. */
function denying(): unknown[] {
  const lines: unknown[] = [];
  const refuse = (): never => {
    throw denied;
  };
  useHost({
    kv: { Bucket: { open: refuse } },
    queue: { send: refuse },
    log: { write: (level, message, fields) => void lines.push([level, message, fields]) },
  });
  return lines;
}

test("an error of the host is a 500 whose text goes to the log", async () => {
  const lines = denying();
  const { status, body } = await httpHandler({ fetch: async () => (await kv.open("a"), new Response()) }).handle(request);
  assert.equal(status, 500);
  assert.ok(!new TextDecoder().decode(body).includes("secret"));
  assert.deepEqual(lines, [["error", "the handler failed", [["error", "the bucket is denied: secret place"]]]]);
});

test("an HTTP error is its answer, and says nothing in the log", async () => {
  const lines = denying();
  const handler = httpHandler({ fetch: () => Promise.reject(HttpError.conflict("taken")) });
  assert.equal((await handler.handle(request)).status, 409);
  assert.deepEqual(lines, []);
});

test("an error of the host asks for a retry of the job, with its causes", async () => {
  denying();
  const handler = jobHandler({ job: async () => void (await queue.sendJson("q", {})) });
  const val = "the call failed: the queue is denied: secret place";
  await assert.rejects(handler.run(job), { payload: { tag: "retry", val } });
});

test("a job that failed says what becomes of it", async () => {
  const handler = jobHandler({ job: () => Promise.reject(JobFailure.discard("")) });
  await assert.rejects(handler.run(job), { payload: { tag: "discard", val: "" } });
});
