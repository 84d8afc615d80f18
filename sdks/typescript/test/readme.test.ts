import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const parts = readFileSync(join(root, "README.md"), "utf8").split("\n```");
const samples = parts.filter((part) => part.startsWith("ts\n")).map((part) => part.slice(3));

test("the code of the README is right, and its test passes", (context) => {
  const [handler, job, tests] = samples;
  assert.ok(handler && job && tests);
  // Inside of the package, where its name leads to itself, and where nothing is its source.
  mkdirSync(join(root, ".flux"), { recursive: true });
  const folder = mkdtempSync(join(root, ".flux/readme-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const files = { "src/handler.ts": handler, "src/index.ts": job, "test/index.test.ts": tests };
  for (const [path, text] of Object.entries({ ...files, "tsconfig.json": config })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const run = (...args: string[]) => execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8", env });
  run(createRequire(import.meta.url).resolve("typescript/bin/tsc"));
  run("--conditions=source", "--import", "tsx", "--test", "test/index.test.ts");
});

const config = JSON.stringify({ extends: "../../tsconfig.json", include: ["src", "test"] });
// A test that runs inside of another reports to it.
const { NODE_TEST_CONTEXT: _, ...env } = process.env;
