import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { tests } from "../testing.mjs";

for (const name of ["abi", "clock", "db", "errors", "http", "jobs", "json", "random", "text"]) {
  await tests(`tests/${name}.ts`);
}

test("what ends a test is told with its place", () => {
  // Else it takes itself for a part of this run.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ["tests/failing.mjs"], { encoding: "utf8", env });
  assert.equal(status, 1, stdout);
  assert.match(stdout, /one is two at tests\/failing\.ts:\d+:\d+/);
  assert.match(stdout, /there is no value: Not Found: nothing here at assembly\/result\.ts:\d+:\d+/);
  assert.match(stdout, /flux: kv\.bucket\.open needs the host/);
  assert.match(stdout, /hello who=é€🦀/);
  assert.match(stdout, /pass 1\n.*fail 3\n/);
});
