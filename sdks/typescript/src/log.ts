/**
 * Structured log lines, kept with the execution that wrote them.
 *
 * ```ts
 * log.info("order placed", { order: id, cents: 1250 });
 * ```
 */

import { checkRunning } from "./errors.ts";
import { log as host } from "#host";

/** How much a line matters. */
export type Level = "trace" | "debug" | "info" | "warn" | "error";

/** The value of a field. `undefined` leaves the field out. */
export type FieldValue = string | number | bigint | boolean | undefined;

/** The fields of a line, as a record, or as pairs, in which a name may occur more than once. */
export type Fields = Record<string, FieldValue> | readonly (readonly [string, FieldValue])[];

/** Writes a line of a level. The functions of the levels are shorter. */
export function write(level: Level, message: string, fields: Fields = {}): void {
  checkRunning("log");
  const pairs = Array.isArray(fields) ? (fields as [string, FieldValue][]) : Object.entries(fields);
  const written = pairs.filter(([, value]) => value !== undefined);
  host.write(level, message, written.map(([name, value]) => [name, String(value)]));
}

/** Every step. */
export const trace = (message: string, fields?: Fields): void => write("trace", message, fields);

/** What a developer wants to see. */
export const debug = (message: string, fields?: Fields): void => write("debug", message, fields);

/** What an operator wants to see. */
export const info = (message: string, fields?: Fields): void => write("info", message, fields);

/** Something that should be looked at. */
export const warn = (message: string, fields?: Fields): void => write("warn", message, fields);

/** Something went wrong. */
export const error = (message: string, fields?: Fields): void => write("error", message, fields);
