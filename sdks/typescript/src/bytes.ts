/** Bytes, text and JSON. */

import { JsonError } from "./errors.ts";

const encoder = new TextEncoder();
// Nothing is replaced and nothing left out: what is no UTF-8 throws, and a byte order mark stays.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What can be sent as bytes: text is written as UTF-8. */
export type BytesLike = string | Uint8Array | ArrayBuffer;

/** The bytes of text or of a buffer. */
export function toBytes(value: BytesLike): Uint8Array {
  if (typeof value === "string") {
    return encoder.encode(value);
  }
  return value instanceof Uint8Array ? value : new Uint8Array(value);
}

/** The text of bytes; throws if they are no UTF-8. */
export function toText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The value of JSON in UTF-8; throws a `SyntaxError` or a `TypeError` if it is none. */
export function parseJson(bytes: Uint8Array): unknown {
  return JSON.parse(toText(bytes)) as unknown;
}

/** As {@link parseJson}, for what the guest itself has stored: an error is a {@link JsonError}. */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    throw new JsonError(error);
  }
}

/** A value as JSON in UTF-8. A bigint is written as the number that it is, with all its digits. */
export function writeJson(value: unknown): Uint8Array {
  const text = stringify(value);
  if (text === undefined) {
    throw new JsonError(new TypeError(`${typeof value} cannot be written as JSON`));
  }
  return encoder.encode(text);
}

// JSON.stringify refuses a bigint: it is written as a text that is marked, and then the quotes go.
const mark = "\ue000flux-bigint:";
// A text of the guest's that begins so has the mark twice; a name is followed by a colon.
const marked = new RegExp(`"${mark}(?:(-?\\d+)"(?!:)|(?=${mark}))`, "g");

function stringify(value: unknown): string | undefined {
  let hasMarks = false;
  const replace = (_: string, it: unknown) => {
    const isMarked = typeof it === "bigint" || (typeof it === "string" && it.startsWith(mark));
    hasMarks ||= isMarked;
    return isMarked ? `${mark}${it}` : it;
  };
  try {
    const text = JSON.stringify(value, replace) as string | undefined;
    return hasMarks ? text?.replaceAll(marked, (_, digits?: string) => digits ?? '"') : text;
  } catch (error) {
    throw new JsonError(error);
  }
}
