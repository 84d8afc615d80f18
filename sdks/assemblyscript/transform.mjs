/**
 * Makes a Flux guest of an AssemblyScript module: a transform for asc.
 *
 * A module that exports `handle` or `run` gets a second entry, which hands these functions to the
 * generated glue and exports what the canonical ABI asks for. AssemblyScript has no way to write such
 * names, so they are given after compiling. A module without handlers is left as it is.
 */
import { readFileSync } from "node:fs";

const SDK = "@flux-run/assemblyscript/assembly";
const ENTRY = "flux-entry";
/** What `flux build` runs, and takes away. */
const START = "_initialize";
const USER_ENTRY = 1;
const EXPORTED = 1 << 1;

/** What may be exported, and which file of `assembly/entry` takes what the function returns. */
const HANDLERS = { handle: "http", run: "job" };

/** Names that the compiler looks for, and what of the SDK they are. */
const ALIASES = { abort: `~lib/${SDK}/abort/abort`, seed: `~lib/${SDK}/entry/seed/seed` };

const GLUE = JSON.parse(readFileSync(new URL("assembly/generated/exports.json", import.meta.url), "utf8"));

export default class FluxTransform {
  /** Adds the entry; asc loads what it imports. */
  afterParse(parser) {
    this.names = new Map();
    for (const source of parser.sources.filter((source) => source.sourceKind === USER_ENTRY)) {
      const exported = exportsOf(source);
      const handlers = GLUE.filter((glue) => exported.has(glue.function));
      if (handlers.length) {
        parser.parseFile(this.entry(source.internalPath, handlers), `${ENTRY}.ts`, true);
        for (const [name, target] of Object.entries(ALIASES)) {
          this.program.options.globalAliases ??= new Map();
          this.program.options.globalAliases.set(name, target);
        }
        return;
      }
    }
  }

  entry(module, handlers) {
    const lines = [`import "${SDK}/abort";`, `import "${SDK}/entry/seed";`, `export { cabi_realloc } from "${SDK}/abi";`];
    this.names.set("cabi_realloc", "cabi_realloc");
    for (const { file, function: name, params, result, export: exported, afterwards } of handlers) {
      const typed = params.map((type, index) => `p${index}: ${type}`).join(", ");
      const passed = params.map((_, index) => `p${index}`).join(", ");
      lines.push(
        `import { ${name} } from "./${module}";`,
        `import { ${name} as ${name}Glue } from "${SDK}/generated/${file}";`,
        `import { answer as ${name}Answer } from "${SDK}/entry/${HANDLERS[name]}";`,
        `export function ${name}Export(${typed}): ${result} {`,
        `  return ${name}Glue((argument) => {`,
        `    const returned = ${name}(argument);`,
        `    return ${name}Answer(returned);`,
        `  }, ${passed});`,
        "}",
      );
      this.names.set(`${name}Export`, exported);
      if (afterwards) {
        lines.push(`export { release as ${name}Afterwards } from "${SDK}/entry/release";`);
        this.names.set(`${name}Afterwards`, afterwards);
      }
    }
    return lines.join("\n");
  }

  /** Gives the exports their names, and takes away those of the user's module: the host calls none. */
  afterCompile(module) {
    if (!this.names.size) return;
    refuseBrowser(module, this.binaryen);
    const exports = Array.from({ length: module.getNumExports() }, (_, index) =>
      this.binaryen.getExportInfo(module.getExportByIndex(index)),
    );
    for (const { name, value } of exports) {
      if (name === "memory" || name === START) continue;
      module.removeExport(name);
      const wanted = this.names.get(name);
      if (wanted) module.addFunctionExport(value, wanted);
    }
  }
}

/** The names that a module exports. */
function exportsOf(source) {
  const names = new Set();
  for (const statement of source.statements) {
    if (statement.name && statement.flags & EXPORTED) names.add(statement.name.text);
    for (const member of statement.members ?? []) {
      if (member.exportedName) names.add(member.exportedName.text);
    }
  }
  return names;
}

/** AssemblyScript's own imports are for browsers. */
function refuseBrowser(module, binaryen) {
  for (let index = 0; index < module.getNumFunctions(); ++index) {
    const { module: from, base } = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    if (from === "env") {
      throw new Error(`${base} is not there in a Flux guest: use log, clock and random of the SDK`);
    }
  }
}
