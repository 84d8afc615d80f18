/** UTF-8. Texts are UTF-16 in AssemblyScript, bodies and payloads are bytes. */

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
