// One ES module of a project and what it imports, with its source map.

import { join, relative, resolve } from "node:path";
import { build, formatMessages } from "esbuild";

const name = "@flux-run/sdk";
const interfaces = { fetch: "httpHandler", job: "jobHandler" };

/**
 * Bundles a project. With `handlers` it is the guest: it exports what the contract says, and has its own
 * source map within. Without, it is a program for Node.js that prints which handlers there are.
 */
export async function bundle({ entry, handlers, sdk, debug, mark, refuse }) {
  const contents = handlers ? guest(entry, handlers) : probe(entry);
  const options = {
    stdin: { contents, resolveDir: process.cwd(), sourcefile: "flux-entry" },
    outfile: "guest.js",
    bundle: true,
    write: false,
    format: "esm",
    platform: handlers ? "neutral" : "node",
    // The engine is more of a browser than of Node.js.
    mainFields: ["browser", "module", "main"],
    target: "es2022",
    conditions: [...(mark ? ["flux-v8"] : []), "flux", "browser", "module"],
    external: ["flux:*"],
    // A part of the file, so that the map counts its line.
    banner: mark ? { js: mark.trimEnd() } : {},
    // Functions keep their names, which stacks show.
    minifyWhitespace: !debug,
    minifySyntax: !debug,
    sourcemap: handlers ? "external" : "inline",
    sourcesContent: false,
    charset: "utf8",
    logLevel: "silent",
    plugins: [installedSdk({ sdk, handlers, refuse })],
  };
  const made = await build(options).catch(async (error) => refuse(await spelt(error)));
  if (!handlers) return made.outputFiles[0].text;
  const [map, code] = made.outputFiles;
  return `${code.text}globalThis.__fluxSourceMap=${JSON.stringify(portable(map.text, sdk))};\n`;
}

/** The globals go through the host before anything of the project runs. */
const runtime = `import "${name}/runtime";`;

function guest(entry, handlers) {
  const names = handlers.map((it) => `${interfaces[it]} as ${interfaces[it]}Of`);
  return [
    runtime,
    `import { ${names.join(", ")} } from "${name}/guest";`,
    `import handler from ${JSON.stringify(`./${entry}`)};`,
    ...handlers.map((it) => `export const ${interfaces[it]} = ${interfaces[it]}Of(handler);`),
  ].join("\n");
}

/** A module without a default export has no handlers: that is not for the bundler to refuse. */
function probe(entry) {
  return [
    runtime,
    `import * as entry from ${JSON.stringify(`./${entry}`)};`,
    `const { default: handler } = entry;`,
    `const isThere = (name) => typeof handler?.[name] === "function";`,
    `process.stdout.write(${JSON.stringify(Object.keys(interfaces))}.filter(isThere).join(" "));`,
  ].join("\n");
}

/** The SDK that the project has installed; else the one that belongs to this command. */
function installedSdk({ sdk, handlers, refuse }) {
  return {
    name: "flux-sdk",
    setup(build) {
      const resolved = async (path, kind) => {
        const find = (resolveDir) => build.resolve(path, { kind, resolveDir, pluginData: name });
        const found = await find(process.cwd());
        if (found.errors.length === 0) return found;
        if (!sdk) refuse(`the project has not installed ${name}: npm install ${name}`);
        // Inside its own folder a package finds itself by its name.
        return find(sdk);
      };
      build.onResolve({ filter: /^@flux-run\/sdk(\/|$)/ }, ({ path, pluginData, kind }) =>
        pluginData === name ? undefined : resolved(path, kind),
      );
      // Node.js has no imports of a component: its host is the one of unit tests.
      build.onResolve({ filter: /^#host$/ }, ({ kind }) => (handlers ? undefined : resolved(`${name}/testing`, kind)));
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

/** What esbuild found, each fault with its place and its line. */
async function spelt(error) {
  if (!error.errors) return String(error.message ?? error);
  const texts = await formatMessages(error.errors, { kind: "error", color: false });
  return texts.map((text) => text.replace("✘ [ERROR] ", "").trim()).join("\n\n");
}
