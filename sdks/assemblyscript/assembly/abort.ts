/**
 * How a bug ends an execution: a failed assertion, an index out of range, an uncaught `throw`. Its message
 * goes to stderr, with file, line and column; the host records it, and the names of the functions.
 */
import { allocate } from "./abi";

/** The most that one call writes. */
const LIMIT: i32 = 4096;

// @ts-ignore: decorator
@external("wasi:cli/stderr@0.2.0", "get-stderr")
declare function stderr(): i32;

// @ts-ignore: decorator
@external("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush")
declare function write(stream: i32, data: usize, length: i32, result: usize): void;

/** What the compiler calls instead of its own `env.abort`. */
export function abort(message: string | null, file: string | null, line: u32, column: u32): void {
  const what = message ? message : "abort";
  const where = file ? `${file}:${line}:${column}` : "an unknown place";
  const text = String.UTF8.encode(`${what} at ${where}\n`, false, String.UTF8.ErrorMode.REPLACE);
  const stream = stderr();
  for (let at = 0; at < text.byteLength; at += LIMIT) {
    write(stream, changetype<usize>(text) + at, min(LIMIT, text.byteLength - at), allocate(12, 4));
  }
  unreachable();
}
