// The JavaScript engine with the contract's bindings, before any guest is in it: made once for each
// world, and kept beside the tools.
//
// Whatever the engine would ask of WASI by itself is answered inside the module: its clock stands
// still, its random numbers follow from nothing, a timer is due when nothing else is left. So one
// source makes one component, and an execution depends on the host's own interfaces alone.

import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { replaceFunctions, renameImports } from "./wasm.mjs";

const library = fileURLToPath(
  new URL("./node_modules/@bytecodealliance/componentize-js/lib/", import.meta.url),
);

// Reading the guest while it starts, and stderr. All other functions of WASI are taken away.
const kept = /^(args|environ|fd|path)_/;
const preview1 = "wasi_snapshot_preview1";
const hidden = "flux_snapshot_preview1";

/** The folder that has `engine.wasm`, `initializer.js` and `env.json` for a world. */
export async function engine(wit, world) {
  const folder = join(dirname(fileURLToPath(import.meta.url)), "engines", world);
  if (existsSync(folder)) return folder;
  const { splicer } = await import(join(library, "spidermonkey-embedding-splicer.js"));
  const core = await readFile(join(library, "starlingmonkey_embedding.wasm"));
  const made = splicer.spliceBindings(core, ["stdio"], undefined, wit, world, false);
  const hide = ([module, name]) => (module === preview1 && kept.test(name) ? hidden : module);
  const stubbed = splicer.stubWasi(renameImports(made.wasm, hide), [], undefined, wit, world);
  const shown = renameImports(stubbed, ([module]) => (module === hidden ? preview1 : module));

  const part = `${folder}.${process.pid}.part`;
  await mkdir(part, { recursive: true });
  await writeFile(join(part, "engine.wasm"), replaceFunctions(shown, answers));
  await writeFile(join(part, "initializer.js"), exactText(made.jsBindings));
  await writeFile(join(part, "env.json"), JSON.stringify(environment(made)));
  // Another build may have been quicker.
  await rename(part, folder).catch((error) => {
    if (!existsSync(folder)) throw error;
  });
  await rm(part, { recursive: true, force: true });
  return folder;
}

const unreachable = "00000b";
const anyTime = /^0020022002(42[0-9a-f]+)3703000b$/;
const anyInstant = /^0042[0-9a-f]+0b$/;

/**
 * What stands in for a function that was taken away, by its type and its body in hex: a clock that
 * always says one second; the seed of libc, all of one byte; a timer that is ready at once (handle
 * -2); nothing to drop. Only these are ever called of their types.
 */
function answers(type, body) {
  if (type === "i32,i64,i32->i32" && anyTime.test(body)) return "002002428094ebdc033703004100" + "0b";
  if (type === "->i64" && anyInstant.test(body)) return "00428094ebdc030b";
  if (type === "i32,i32->i32" && body === unreachable) return "00200041da002001fc0b0041000b";
  if (type === "i64->i32" && body === unreachable) return "00417e0b";
  if (type === "i32->" && body === unreachable) return "000b";
  return undefined;
}

/** A byte order mark at the beginning of a text is part of the text. */
function exactText(bindings) {
  const decoder = "new TextDecoder()";
  if (bindings.split(decoder).length !== 2) throw new Error("the bindings of componentize-js have changed");
  return bindings.replace(decoder, 'new TextDecoder("utf-8", { ignoreBOM: true })');
}

/** What the engine is told of the functions that it binds, while it starts. */
function environment({ exports, imports }) {
  const env = {
    DEBUG: "",
    FEATURE_CLOCKS: "",
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
