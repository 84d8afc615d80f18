// The JavaScript engine of componentize-js: bound to the contract, and started with a guest.
//
// These are the steps of that package's own `componentize`, which leaves no place to mend faults of its
// bindings, and puts names of temporary folders into the component. What it has besides is not installed:
// to turn the module into a component is wit-component's part.

import { spawnSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import wizer from "@bytecodealliance/wizer";

// The package exports nothing but its `componentize`.
const library = new URL("../node_modules/@bytecodealliance/componentize-js/lib/", import.meta.url);
const { splicer } = await import(new URL("spidermonkey-embedding-splicer.js", library));

// No HTTP of WASI: requests come and go through the contract.
const features = ["stdio", "random", "clocks"];

/** What is wrong in the bindings, and what it should be. Each stands there once. */
const faults = [
  // A byte order mark at the beginning of a text is part of the text.
  ["new TextDecoder()", 'new TextDecoder("utf-8", { ignoreBOM: true })'],
  // They have globals of their own, and a guest's `instanceof Uint8Array` is to hold for what they make.
  ["let { TextEncoder, TextDecoder } = contentGlobal", "let { TextEncoder, TextDecoder, Uint8Array } = contentGlobal"],
  // The engine takes a negative BigInt for none at all.
  ["BigInt.asIntN(64, converted)", "BigInt.asUintN(64, converted)"],
  // It takes the low half of a double for an argument that is no signed integer of 32 bits.
  ["function toUint32(val) {\n  \n  return val >>> 0;", "function toUint32(val) {\n  \n  return val | 0;"],
];

/** A core module of the contract's `world` with `guest.js` of the folder `work` in it, started. */
export async function start({ work, wit, world, refuse }) {
  const engine = await readFile(fileURLToPath(new URL("starlingmonkey_embedding.wasm", library)));
  const bound = splicer.spliceBindings(engine, features, undefined, wit, world, false);
  await writeFile(join(work, "engine.wasm"), bound.wasm);
  await writeFile(join(work, "initializer.js"), mended(bound.jsBindings));
  const started = spawnSync(wizer, argumentsOf(work), {
    env: environment(bound),
    input: "--initializer-script-path /initializer.js --strip-path-prefix / /guest.js",
    encoding: "utf8",
  });
  if (started.status !== 0) refuse(`the guest does not start\n${wordsOf(started)}`);
  const module = await readFile(join(work, "started.wasm"));
  return splicer.stubWasi(module, features, undefined, wit, world);
}

function mended(bindings) {
  return faults.reduce((text, [fault, remedy]) => {
    if (text.split(fault).length !== 2) throw new Error(`the bindings of componentize-js have changed: ${fault}`);
    return text.replace(fault, () => remedy);
  }, bindings);
}

function argumentsOf(work) {
  return [
    "--allow-wasi",
    "--inherit-env=true",
    "--init-func=componentize.wizer",
    `--mapdir=/::${work}`,
    "--wasm-bulk-memory=true",
    `-o=${join(work, "started.wasm")}`,
    join(work, "engine.wasm"),
  ];
}

/** What the engine is told, while it starts, of the functions that it binds. */
function environment({ exports, imports }) {
  const env = {
    DEBUG: "",
    FEATURE_CLOCKS: "1",
    SOURCE_NAME: "guest.js",
    EXPORT_CNT: String(exports.length),
    IMPORT_CNT: String(imports.length),
  };
  for (const [index, [name, { params, paramptr, ret, retptr, retsize }]] of exports.entries()) {
    env[`EXPORT${index}_NAME`] = name;
    env[`EXPORT${index}_ARGS`] = (paramptr ? "*" : "") + params.join(",");
    env[`EXPORT${index}_RET`] = (retptr ? "*" : "") + (ret ?? "");
    env[`EXPORT${index}_RETSIZE`] = String(retsize);
  }
  for (const [index, [, name, count]] of imports.entries()) {
    env[`IMPORT${index}_NAME`] = name;
    env[`IMPORT${index}_ARGCNT`] = String(count);
  }
  return env;
}

/** What the guest said, without the engine's own stack. */
function wordsOf({ stdout, stderr, error }) {
  const text = `${stdout ?? ""}${stderr ?? ""}${error ?? ""}`;
  return text.split("\nCaused by:")[0].replace(/^Error: the `componentize.wizer`.*\n?/m, "").trim();
}
