// Makes a core module of a project: one bundle, put into the JavaScript engine and started once.
//
// `flux build` calls this in the project's folder with one argument, JSON: `work`, where it leaves what it
// makes; `wit`, the contract; `sdk`, where the SDK is if the project has not installed it; `debug`; `out`;
// `mark`, which a bundle for V8 begins with: there is one if that is to be made, and no component.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "./bundle.mjs";
import { start } from "./engine.mjs";

const { work, wit, sdk, debug, out, mark } = JSON.parse(process.argv[2]);

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
  const code = await bundle({ entry, handlers, sdk, debug, mark, refuse });
  if (mark) return writeFile(out, code);
  await writeFile(join(work, "guest.js"), code);
  const world = handlers.length === 2 ? "service" : { fetch: "http", job: "job" }[handlers[0]];
  return writeFile(out, await start({ work, wit, world, refuse }));
}

/** The project's own word for its source, else what everybody calls it. */
async function entryOf(folder) {
  const { source, main } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const usual = ["ts", "js", "mts", "mjs"].map((extension) => `src/index.${extension}`);
  const candidates = [source, ...usual, main, "index.ts", "index.js"].filter((it) => typeof it === "string");
  const found = candidates.find((it) => existsSync(join(folder, it)));
  return found ?? refuse("there is no src/index.ts, and package.json names no other file as `source`");
}

/** Which functions the default export has: Node.js imports it as the engine will. */
async function handlersOf(entry) {
  const file = join(work, "probe.mjs");
  await writeFile(file, await bundle({ entry, sdk, debug: true, refuse }));
  const stdio = ["ignore", "pipe", "inherit"];
  const ran = spawnSync(process.execPath, ["--enable-source-maps", file], { stdio, encoding: "utf8" });
  if (ran.status !== 0) refuse(`${entry} does not start`);
  const handlers = ran.stdout.split(" ").filter((name) => name !== "");
  if (handlers.length > 0) return handlers;
  return refuse(
    `the default export of ${entry} has neither \`fetch\` nor \`job\`: export default { ... } satisfies Handler`,
  );
}
