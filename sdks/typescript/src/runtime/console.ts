/** `console`, as lines of the log. */

import { checkRunning } from "../errors.ts";
import * as log from "../log.ts";
import { stackOf } from "./stack.ts";

/** How deep objects are written. */
const depth = 3;

/** What `console` writes for a value. */
export function inspect(value: unknown, left = depth): string {
  if (typeof value === "string") return left === depth ? value : JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[function ${value.name || "anonymous"}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (value instanceof Error) return [`${value.name}: ${value.message}`, ...stackOf(value)].join("\n");
  if (value instanceof Date) return value.toISOString();
  if (left === 0) return Array.isArray(value) ? "[…]" : "{…}";
  return inspectItems(value, left - 1);
}

function inspectItems(value: object, left: number): string {
  if (Array.isArray(value) || ArrayBuffer.isView(value) || value instanceof Set) {
    const items = Array.from(value as Iterable<unknown>, (item) => inspect(item, left));
    return `[${items.join(", ")}]`;
  }
  const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
  const items = Array.from(entries, ([name, item]) => `${String(name)}: ${inspect(item, left)}`);
  return items.length === 0 ? "{}" : `{ ${items.join(", ")} }`;
}

function to(level: log.Level) {
  return (...values: unknown[]): void => {
    checkRunning("console");
    log.write(level, values.map((value) => inspect(value)).join(" "));
  };
}

/** The functions of `console` that write; the others stay the engine's. */
export const consoleOfHost = {
  trace: to("trace"),
  debug: to("debug"),
  log: to("info"),
  info: to("info"),
  warn: to("warn"),
  error: to("error"),
};
