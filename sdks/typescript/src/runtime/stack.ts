/** Stacks of any engine, in one form and with the places of the user's source. */

import { SourceMap } from "./source-map.ts";

/** The bundle's source map: `flux build` puts it there. */
declare global {
  var __fluxSourceMap: string | undefined;
}

/** What is not the user's: this SDK, and what the engine or the bundler put around it. */
const foreign = /^(flux-sdk|flux-entry)\b|initializer\.js$|^(node|ext):/;

interface Frame {
  name: string;
  file: string;
  line: number;
  column: number;
}

/** The stack of an error, innermost call first, each line as `    at name (file:line:column)`. */
export function stackOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const frames = stack.split("\n").map(frameOf).filter((frame) => frame !== undefined);
  const text = globalThis.__fluxSourceMap;
  const map = text === undefined ? undefined : new SourceMap(text);
  const mapped = frames.map((it) => ({ ...it, ...map?.place(it.line, it.column) }));
  const own = mapped.filter(({ file }) => !foreign.test(file));
  return own.map(({ name, file, line, column }) => {
    const place = `${file}:${line}:${column}`;
    return `    at ${name === "" ? place : `${name} (${place})`}`;
  });
}

/** `async*name/<@file:1:2` of SpiderMonkey, `    at async name (file:1:2)` of V8. */
function frameOf(text: string): Frame | undefined {
  const spiderMonkey = /^(?:async\*)?([^@]*)@(.*):(\d+):(\d+)$/.exec(text);
  const v8 = /^\s+at (?:async )?(?:(.*) \()?([^()]*):(\d+):(\d+)\)?$/.exec(text);
  const found = spiderMonkey ?? v8;
  if (!found) return undefined;
  const [, name = "", file = "", line, column] = found;
  return { name: name.replace(/[/<]+$/, ""), file, line: Number(line), column: Number(column) };
}
