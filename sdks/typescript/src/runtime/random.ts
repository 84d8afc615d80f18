/** `Math.random` and `crypto`, by the host's randomness. */

import * as random from "../random.ts";

/** The engine's own; not every project has their types. */
declare const crypto: object;
declare const DOMException: (new (message: string, name: string) => Error) | undefined;

/** The most bytes that `crypto.getRandomValues` fills at once, by the web's standard. */
const quota = 65_536;
const ofIntegers = /^(Big)?(Ui|I)nt(8|16|32|64)(Clamped)?Array$/;

/** Numbers from 0 to 1 with 53 bits, of a generator (xoshiro128**) that one call of the host seeds. */
export function generator(seed: () => Uint8Array): () => number {
  let state: Uint32Array | undefined;
  const next = (): number => {
    state ??= new Uint32Array(seed().buffer.slice(0));
    const [a, b, c, d] = state as unknown as [number, number, number, number];
    const scrambled = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    const [c2, d2] = [c ^ a, d ^ b];
    state.set([a ^ d2, b ^ c2, c2 ^ (b << 9), rotated(d2, 11)]);
    return scrambled;
  };
  return () => ((next() >>> 5) * 0x400_0000 + (next() >>> 6)) / 2 ** 53;
}

function rotated(number: number, by: number): number {
  return (number << by) | (number >>> (32 - by));
}

/** Fills the bytes of a typed array, as `crypto.getRandomValues` does. */
export function getRandomValues<T extends ArrayBufferView>(array: T): T {
  if (!ArrayBuffer.isView(array) || !ofIntegers.test(kindOf(array))) {
    throw refused("crypto.getRandomValues fills typed arrays of integers", "TypeMismatchError");
  }
  if (array.byteLength > quota) {
    const asked = `${array.byteLength} bytes asked of crypto.getRandomValues`;
    throw refused(`${asked}, ${quota} is the most; random.bytes of the SDK has no such limit`, "QuotaExceededError");
  }
  const view = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  view.set(random.bytes(view.length));
  return array;
}

function kindOf(array: ArrayBufferView): string {
  return Object.prototype.toString.call(array).slice("[object ".length, -1);
}

/** An error as the web has it: not every engine knows DOMException. */
function refused(message: string, name: string): Error {
  if (typeof DOMException !== "undefined") {
    return new DOMException(message, name);
  }
  return Object.assign(new Error(message), { name });
}

/** Makes `Math.random` and `crypto` draw from the host. */
export function installRandom(): void {
  Math.random = generator(() => random.bytes(16));
  const members = { getRandomValues, randomUUID: random.uuid };
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(crypto, name, { value, configurable: true, writable: true });
  }
}
