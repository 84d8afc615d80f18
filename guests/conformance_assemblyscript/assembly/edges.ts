/** The values at the edges, which several interfaces are given. */
import { text } from "@flux-run/assemblyscript";

/** Text that is not ASCII: two, three and four bytes a character in UTF-8, and a NUL. */
export const TEXT = "é€🦀\0.";

/** Bytes that are no UTF-8. */
export const BYTES = bytesOf([0xff, 0xfe, 0x00, 0x80, 0xc3]);

/** No bytes. */
export const EMPTY = new Uint8Array(0);

/** The first integer that a double cannot hold: 2^53 + 1. */
export const BEYOND_DOUBLE: i64 = 9007199254740993;

/** The bytes of a text. */
export function ascii(from: string): Uint8Array {
  return text.encode(from);
}

/** 1 MiB of bytes in which every value occurs. */
export function largeBytes(): Uint8Array {
  const bytes = new Uint8Array(1 << 20);
  for (let index = 0; index < bytes.length; ++index) {
    bytes[index] = <u8>(index ^ (index >> 8));
  }
  return bytes;
}

/** 1 MiB of text in UTF-8, two bytes a character. */
export function largeText(): string {
  return "é".repeat(1 << 19);
}

function bytesOf(values: Array<u8>): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let index = 0; index < values.length; ++index) bytes[index] = values[index];
  return bytes;
}
