/**
 * Runs tests that are written in AssemblyScript: in a file of a project,
 *
 *     import { tests } from "@flux-run/assemblyscript/testing";
 *     await tests("assembly/tests.ts");
 *
 * Each function that the module exports is a test of Node's own runner, in an instance of its own. It fails
 * if an assertion does, or anything else ends it. There is no host: log lines go to the report, and any other
 * call ends the test and says its name.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

/** Compiles a module of the project in the working folder, and runs the functions that it exports. */
export async function tests(entry) {
  const module = await WebAssembly.compile(await compile(entry));
  const functions = WebAssembly.Module.exports(module).filter(({ kind }) => kind === "function");
  for (const { name } of functions) {
    test(sentence(name), async (context) => {
      const host = new Host(context, module);
      const instance = await WebAssembly.instantiate(module, host.imports);
      host.memory = instance.exports.memory;
      instance.exports[name]();
    });
  }
}

/** By the project's own asc, and as its asconfig.json says, but for what it compiles. */
async function compile(entry) {
  const project = createRequire(resolve("package.json"));
  const asc = await import(pathToFileURL(project.resolve("assemblyscript/dist/asc.js")).href);
  let bytes;
  const options = ["--target", "debug", "--debug", "--path", "node_modules", "--outFile", "tests.wasm"];
  const { error, stderr } = await asc.main([entry, ...options], {
    readFile: async (name, folder) => {
      const text = await readFile(join(folder, name), "utf8").catch(() => null);
      return name === "asconfig.json" && text ? JSON.stringify({ ...JSON.parse(text), entries: [] }) : text;
    },
    writeFile: (name, contents) => {
      if (name === "tests.wasm") bytes = contents;
    },
  });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return bytes;
}

/** `aNameIsGreeted` as words. */
function sentence(name) {
  return name.replace(/[A-Z]|\d+/g, (start) => ` ${start.toLowerCase()}`);
}

/** What a module imports, where there is no host. */
class Host {
  constructor(context, module) {
    this.context = context;
    this.imports = {};
    for (const { module: from, name } of WebAssembly.Module.imports(module)) {
      this.imports[from] ??= {};
      this.imports[from][name] = this.function(from, name);
    }
  }

  function(from, name) {
    if (from === "env" && name === "abort") return (...given) => this.abort(...given);
    if (from.startsWith("flux:host/log@")) return (...given) => this.log(...given);
    return () => {
      throw new Error(
        `flux: ${callName(from, name)} needs the host: this program runs outside of Flux, ` +
          "where only code that makes no such call can be tested",
      );
    };
  }

  /** AssemblyScript keeps the size of a text in the four bytes before it. */
  abort(message, file, line, column) {
    const text = (at) => (at ? this.text(at, new DataView(this.memory.buffer).getUint32(at - 4, true) / 2) : "");
    throw new Error(`${text(message) || "abort"} at ${text(file)}:${line}:${column}`);
  }

  /** Level, message, and fields of two texts each. */
  log(_level, message, length, fields, count) {
    const words = [this.text(message, length)];
    const view = new DataView(this.memory.buffer);
    const text = (at) => this.text(view.getUint32(at, true), view.getUint32(at + 4, true));
    for (let field = 0; field < count; ++field) {
      words.push(`${text(fields + 16 * field)}=${text(fields + 16 * field + 8)}`);
    }
    this.context.diagnostic(words.join(" "));
  }

  text(at, length) {
    return new TextDecoder("utf-16le").decode(new Uint16Array(this.memory.buffer, at, length));
  }
}

/** `kv.bucket.get` of `flux:host/kv@0.1.0` and `[method]bucket.get`: the name that journals have too. */
function callName(from, name) {
  return `${from.replace(/^.*\/|@.*$/g, "")}.${name.replace(/^.*\]/, "")}`;
}
