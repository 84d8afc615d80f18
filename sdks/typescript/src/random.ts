/** Randomness from the host. Its seed is recorded, so a replay draws the same numbers. */

import { checkRunning } from "./errors.ts";
import { random as host } from "#host";

/** What the host gives in one call. */
const limit = 65_536;

/** `length` random bytes. More than 65,536 take more than one call. */
export function bytes(length: number): Uint8Array {
  checkRunning("random.bytes");
  if (length <= limit) {
    return length === 0 ? new Uint8Array() : host.bytes(length);
  }
  const all = new Uint8Array(length);
  for (let at = 0; at < length; at += limit) {
    all.set(host.bytes(Math.min(limit, length - at)), at);
  }
  return all;
}

/** A random number of 64 bits. */
export function u64(): bigint {
  return bytes(8).reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

/** A random UUID (version 4) in lower case, from one call for 16 bytes. */
export function uuid(): string {
  const random = bytes(16);
  random[6] = (random[6]! & 0x0f) | 0x40;
  random[8] = (random[8]! & 0x3f) | 0x80;
  const hex = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
