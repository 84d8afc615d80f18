/** The values at the edges, which several interfaces are given. */

/** Text that is not ASCII: two, three and four bytes a character in UTF-8, and a NUL. */
export const edgeText = "é€🦀\0.";

/** Bytes that are no UTF-8. */
export const edgeBytes = Uint8Array.of(0xff, 0xfe, 0x00, 0x80, 0xc3);

/** The first integer that a double cannot hold: 2^53 + 1. */
export const beyondDouble = 9_007_199_254_740_993n;

export const [i64Min, i64Max, u64Max] = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n];
export const u32Max = 2 ** 32 - 1;

/** 1 MiB of bytes in which every value occurs. */
export function largeBytes(): Uint8Array {
  return Uint8Array.from({ length: 1 << 20 }, (_, index) => index ^ (index >> 8));
}

/** 1 MiB of text in UTF-8, two bytes a character. */
export function largeText(): string {
  return "é".repeat(1 << 19);
}
