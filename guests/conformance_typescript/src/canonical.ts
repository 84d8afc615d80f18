/** The canonical text: one spelling for every value, in which no language's own formatting shows. */

import { CallError, db, type FluxError, Pairs, Response } from "@flux-run/sdk";

/** What is longer is written as its length and its hash. */
const longest = 256;

/** A text that is canonical already: what only one interface has. */
export class Canonical {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** SQL's NULL. `undefined` is an absent value. */
export const sqlNull = new Canonical("null");
/** A call that answers with nothing. */
export const ok = new Canonical("ok");

/** The answers of one path, a line each. */
export class Report {
  #lines = "";

  /** What `call` answered when it was asked for `subject`. */
  line(call: string, subject: string, answer: unknown): void {
    this.#lines += `${call} ${canonical(subject)} = ${canonical(answer)}\n`;
  }

  /** As {@link line}, with the answer of a promise, or its error. */
  async ask<T>(call: string, subject: string, asked: Promise<T>, shown: Show<T> = (it) => it): Promise<void> {
    this.line(call, subject, await asked.then(shown, errorOf));
  }

  /** The response that has all lines. */
  respond(): Response {
    return Response.text(this.#lines);
  }
}

/** What has a canonical text, of what a call answers. */
type Show<T> = (answer: T) => unknown;

/** The text of a value, without a line's end. */
export function canonical(value: unknown): string {
  if (value === undefined) return "none";
  if (typeof value === "string") return quoted(new TextEncoder().encode(value));
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (value instanceof Canonical) return value.text;
  if (value instanceof Uint8Array) return `b${quoted(value)}`;
  if (value instanceof Pairs) return list([...value].map(([name, it]) => `${canonical(name)}: ${canonical(it)}`));
  if (Array.isArray(value)) return list(value.map(canonical));
  throw new TypeError(`${typeof value} has no canonical text`);
}

function list(items: string[]): string {
  return `[${items.join(", ")}]`;
}

/** The bits of a float: every NaN is one. */
export function real(value: number): Canonical {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number.isNaN(value) ? NaN : value);
  return new Canonical(`real:${view.getBigUint64(0).toString(16).padStart(16, "0")}`);
}

/** An error: its case, what it carries, and the sentence that the SDK makes of it. */
export function errorOf(error: FluxError): Canonical {
  const words = carried(error).map((it) => ` ${canonical(it)}`);
  return new Canonical(`error ${error.code}${words.join("")}: ${canonical(error.message)}`);
}

const failures = ["invalid", "constraint", "conflict"];

function carried(error: FluxError): (string | undefined)[] {
  // Anything else is a bug of this guest.
  if (!(error instanceof db.DbError || error instanceof CallError)) throw error;
  const reason = error.reason === undefined ? [] : [error.reason];
  return error instanceof db.DbError && failures.includes(error.code) ? [...reason, error.detail] : reason;
}

/** Printable ASCII stands for itself; quote, backslash and every other byte are `\x` and two digits. */
function quoted(bytes: Uint8Array): string {
  if (bytes.length > longest) return `<${bytes.length} bytes ${hex(fnv1a(bytes), 8)}>`;
  return `"${Array.from(bytes, spelt).join("")}"`;
}

function spelt(byte: number): string {
  const letter = String.fromCharCode(byte);
  const isPlain = byte >= 0x20 && byte <= 0x7e && letter !== '"' && letter !== "\\";
  return isPlain ? letter : `\\x${hex(byte, 2)}`;
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}

/** FNV-1a of 32 bits: a few lines in every language. */
function fnv1a(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x0100_0193) >>> 0, 0x811c_9dc5);
}
