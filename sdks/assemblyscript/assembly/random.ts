/** Randomness from the host. Its seed is recorded, so a replay draws the same numbers. */
import * as host from "./generated/random";

/** What the host gives in one call. */
const LIMIT: i32 = 65536;

/** `length` random bytes. More than 65,536 take more than one call. */
export function bytes(length: i32): Uint8Array {
  if (length <= LIMIT) return length > 0 ? host.bytes(length) : new Uint8Array(0);
  const all = new Uint8Array(length);
  for (let at = 0; at < length; at += LIMIT) {
    all.set(host.bytes(min(LIMIT, length - at)), at);
  }
  return all;
}

/** A random number. */
export function number(): u64 {
  const drawn = host.bytes(8);
  let number: u64 = 0;
  for (let index = 0; index < 8; ++index) {
    number = (number << 8) | drawn[index];
  }
  return number;
}

/** A random UUID (version 4) in lower case, from one call for 16 bytes. */
export function uuidV4(): string {
  return uuidOf(host.bytes(16));
}

/** The UUID (version 4) of 16 random bytes. */
export function uuidOf(random: Uint8Array): string {
  let text = "";
  for (let index = 0; index < 16; ++index) {
    if (index == 4 || index == 6 || index == 8 || index == 10) text += "-";
    let byte: u32 = random[index];
    if (index == 6) byte = (byte & 0x0f) | 0x40;
    if (index == 8) byte = (byte & 0x3f) | 0x80;
    text += byte.toString(16).padStart(2, "0");
  }
  return text;
}
