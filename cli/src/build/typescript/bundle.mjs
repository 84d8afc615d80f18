// One ES module of a project and what it imports, with its source map.

import { join, relative, resolve } from "node:path";
import { build } from "esbuild";

const name = "@flux-run/sdk";
const exports = { fetch: "httpHandler", job: "jobHandler" };

/**
 * Bundles a project. With `handlers` it is the guest: its globals go through the host, it exports what
 * the contract says, and it has its own source map within. Without it is the project's entry as it is.
 */
export async function bundle({ entry, handlers, sdk, debug, refuse }) {
  const conditions = handlers ? ["source", "flux"] : ["source"];
  const made = await build({
    stdin: { contents: handlers ? guest(entry, handlers) : again(entry), resolveDir: process.cwd(), sourcefile: "flux-entry" },
    outfile: "guest.js",
    bundle: true,
    write: false,
    format: "esm",
    platform: handlers ? "neutral" : "node",
    mainFields: ["module", "main"],
    target: "es2022",
    conditions: [...conditions, "import", "module"],
    external: ["flux:*"],
    // Functions keep their names, which stacks show.
    minifyWhitespace: !debug,
    minifySyntax: !debug,
    sourcemap: "external",
    sourcesContent: false,
    charset: "utf8",
    logLevel: "silent",
    plugins: [installedSdk(sdk, refuse)],
  }).catch((error) => refuse(spelt(error)));
  const [map, code] = made.outputFiles;
  const text = portable(map.text, sdk);
  const own = handlers ? `globalThis.__fluxSourceMap=${JSON.stringify(text)};\n` : "";
  return { code: code.text + own, map: text };
}

function guest(entry, handlers) {
  const from = JSON.stringify(`./${entry}`);
  const made = handlers.map((it) => `export const ${exports[it]} = ${exports[it]}Of(handler);`);
  const names = handlers.map((it) => `${exports[it]} as ${exports[it]}Of`);
  return [
    `import "${name}/runtime";`,
    `import { ${names.join(", ")} } from "${name}/guest";`,
    `import handler from ${from};`,
    ...made,
  ].join("\n");
}

const again = (entry) => `export { default } from ${JSON.stringify(`./${entry}`)};`;

/** The SDK that the project has installed; else the one that belongs to this command. */
function installedSdk(sdk, refuse) {
  return {
    name: "flux-sdk",
    setup(build) {
      build.onResolve({ filter: /^@flux-run\/sdk(\/|$)/ }, async ({ path, pluginData, kind }) => {
        if (pluginData === name) return undefined;
        const find = (resolveDir) => build.resolve(path, { kind, resolveDir, pluginData: name });
        const found = await find(process.cwd());
        if (found.errors.length === 0) return found;
        if (!sdk) refuse(`the project has no ${name}: npm install ${name}`);
        // Inside its own folder a package finds itself by its name.
        return find(sdk);
      });
    },
  };
}

/** A map whose sources are named the same wherever the project and the SDK lie. */
function portable(map, sdk) {
  const { version, sources, names, mappings } = JSON.parse(map);
  const named = sources.map((source) => {
    const path = resolve(source);
    if (sdk && path.startsWith(join(sdk, "/"))) return join("flux-sdk", relative(sdk, path));
    return path.replace(/^.*\/node_modules\/@flux-run\/sdk\//, "flux-sdk/").replace(join(process.cwd(), "/"), "");
  });
  return JSON.stringify({ version, sources: named, names, mappings });
}

/** What esbuild found, each fault with its place. */
function spelt(error) {
  const faults = error.errors ?? [{ text: error.message }];
  return faults.map(({ text, location: at }) => (at ? `${at.file}:${at.line}:${at.column + 1}: ` : "") + text).join("\n");
}

