// Makes a core module of a project: one bundle, put into the engine, started once.
//
// Called by `flux build` in the project's folder with one argument, JSON: `work`, where it leaves what
// it makes; `wit`, the contract; `sdk`, where the SDK is if the project has not installed it; `debug`.
// Writes `guest.wasm` into `work`. What it throws a user can do something about.

import { spawnSync } from "node:child_process";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";
import { engine } from "./engine.mjs";

const { work, wit, sdk, debug } = JSON.parse(process.argv[2]);

try {
  await build();
} catch (error) {
  console.error(error.isForUsers ? `error: ${error.message}` : error);
  process.exit(1);
}

/** An error that its text explains. */
function refuse(text) {
  throw Object.assign(new Error(text), { isForUsers: true });
}

async function build() {
  await mkdir(work, { recursive: true });
  const entry = await entryOf(process.cwd());
  const handlers = await handlersOf(entry);
  const world = handlers.length === 2 ? "service" : handlers[0] === "fetch" ? "http" : "job";
  const made = await bundle({ entry, handlers, sdk, debug, refuse });
  const start = join(work, "start");
  await rm(start, { recursive: true, force: true });
  await mkdir(start, { recursive: true });
  await writeFile(join(start, "guest.js"), made.code);
  await writeFile(join(work, "guest.js.map"), made.map);
  await initialise(await engine(wit, world), start);
}

/** The project's own word for its source, else what everybody calls it. */
async function entryOf(folder) {
  const { source, main } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const usual = ["ts", "js", "mts", "mjs"].map((extension) => `src/index.${extension}`);
  const candidates = [source, ...usual, main, "index.ts", "index.js"].filter((it) => typeof it === "string");
  const found = candidates.find((it) => existsSync(join(folder, it)));
  return found ?? refuse("there is no src/index.ts, and package.json names no other file as `source`");
}

/** Which functions the default export has: it is imported here, with a host that refuses every call. */
async function handlersOf(entry) {
  const made = await bundle({ entry, sdk, debug: true, refuse });
  const file = join(work, "probe.mjs");
  await writeFile(file, made.code);
  const handler = (await import(pathToFileURL(file))).default;
  const handlers = ["fetch", "job"].filter((name) => typeof handler?.[name] === "function");
  if (handlers.length === 0) {
    refuse(`the default export of ${entry} has neither \`fetch\` nor \`job\`: export default { ... } satisfies Handler`);
  }
  return handlers;
}

/** Starts the guest in the engine, and keeps the memory that it leaves. */
async function initialise(from, start) {
  await copyFile(join(from, "initializer.js"), join(start, "initializer.js"));
  const { default: wizer } = await import("@bytecodealliance/wizer");
  const out = join(work, "guest.wasm");
  // Paths as the guest sees them are the same on every machine.
  const started = spawnSync(
    wizer,
    [
      "--allow-wasi",
      "--inherit-env=true",
      "--init-func=componentize.wizer",
      `--mapdir=/::${start}`,
      "--wasm-bulk-memory=true",
      `-o=${out}`,
      join(from, "engine.wasm"),
    ],
    {
      env: JSON.parse(await readFile(join(from, "env.json"), "utf8")),
      input: "--initializer-script-path /initializer.js --strip-path-prefix / /guest.js",
      encoding: "utf8",
    },
  );
  if (started.status !== 0) refuse(`the guest does not start\n${wordsOf(started)}`);
}

/** What the guest said, without the engine's own stack. */
function wordsOf({ stdout, stderr, error }) {
  const text = `${stdout ?? ""}${stderr ?? ""}${error ?? ""}`;
  return text.split("\nCaused by:")[0].replace(/^Error: the `componentize.wizer`.*\n?/m, "").trim();
}
