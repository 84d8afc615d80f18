/** Texts as bytes and as numbers. They are UTF-16 in AssemblyScript; bodies and payloads are UTF-8. */
import { Some } from "./result";

/** The bytes of a text. A lone surrogate becomes U+FFFD. */
export function encode(text: string): Uint8Array {
  return Uint8Array.wrap(String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE));
}

/** The text of bytes; null if they are no UTF-8. */
export function decode(bytes: Uint8Array): string | null {
  return read(bytes, false);
}

/** The text of bytes, with U+FFFD where they are no UTF-8. */
export function decodeLossy(bytes: Uint8Array): string {
  return read(bytes, true)!;
}

/**
 * The whole number that a text is: digits with or without a sign, and nothing else. Null if it is none, or
 * does not fit. AssemblyScript's own `parseInt` takes `12x` for 12.
 */
export function integer(text: string): Some<i64> | null {
  const sign = text.length ? text.charCodeAt(0) : 0;
  const negative = sign == 0x2d;
  const start = negative || sign == 0x2b ? 1 : 0;
  if (start == text.length) return null;
  const limit: u64 = negative ? 0x8000000000000000 : 0x7fffffffffffffff;
  let number: u64 = 0;
  for (let index = start; index < text.length; ++index) {
    const unit = text.charCodeAt(index);
    if (unit < 0x30 || unit > 0x39) return null;
    const digit = <u64>(unit - 0x30);
    if (number > (limit - digit) / 10) return null;
    number = number * 10 + digit;
  }
  return new Some<i64>(negative ? <i64>(0 - number) : <i64>number);
}

function read(bytes: Uint8Array, lossy: bool): string | null {
  const length = bytes.length;
  // UTF-16 never has more units than UTF-8 has bytes.
  const units = new StaticArray<u16>(length);
  let count = 0;
  for (let at = 0; at < length; ) {
    const width = sequence(bytes, at);
    if (width < 0 && !lossy) return null;
    const point = width < 0 ? 0xfffd : scalar(bytes, at, width);
    if (point > 0xffff) {
      unchecked((units[count++] = <u16>(0xd7c0 + (point >> 10))));
      unchecked((units[count++] = <u16>(0xdc00 | (point & 0x3ff))));
    } else {
      unchecked((units[count++] = <u16>point));
    }
    at += abs(width);
  }
  return String.UTF16.decodeUnsafe(changetype<usize>(units), <usize>count << 1);
}

/** The length of the sequence at an index; below zero: no sequence, and how many bytes to skip. */
function sequence(bytes: Uint8Array, at: i32): i32 {
  const first = bytes[at];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  // Overlong forms, surrogates and what is above U+10FFFF show in the second byte.
  const low: u8 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const high: u8 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (!within(bytes, at + 1, low, high)) return -1;
  if (first < 0xe0) return 2;
  if (!within(bytes, at + 2, 0x80, 0xbf)) return -2;
  if (first < 0xf0) return 3;
  return within(bytes, at + 3, 0x80, 0xbf) ? 4 : -3;
}

function within(bytes: Uint8Array, at: i32, low: u8, high: u8): bool {
  return at < bytes.length && bytes[at] >= low && bytes[at] <= high;
}

function scalar(bytes: Uint8Array, at: i32, width: i32): u32 {
  const first = <u32>bytes[at];
  if (width == 1) return first;
  let point = first & (0x7f >> width);
  for (let index = 1; index < width; ++index) {
    point = (point << 6) | (bytes[at + index] & 0x3f);
  }
  return point;
}
