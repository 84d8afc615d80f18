/** JSON, read strictly and written without spaces. */
import { Writer } from "./writer";

export { CallError, Error, MismatchError } from "./error";
export { parse } from "./parser";
export { Kind, Value } from "./value";
export { ToJson, Writer } from "./writer";

/** A value as JSON: a text, number, boolean, `ToJson`, an array of these, or null. */
export function stringify<T>(value: T): Uint8Array {
  const writer = new Writer();
  writer.value<T>(value);
  return writer.bytes();
}
