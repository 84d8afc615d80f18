// `crypto.subtle`: digests. Keys belong into the host, as secrets.

import { core, primordials } from "ext:core/mod.js";

const { ops } = core;
const { ArrayBufferIsView, Promise, StringPrototypeToUpperCase, TypeError, Uint8Array } =
  primordials;

/** The bytes of a buffer or a view of one. */
function bytesOf(data) {
  if (ArrayBufferIsView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}

const subtle = {
  /** SHA-1, SHA-256, SHA-384 or SHA-512 of some bytes. */
  digest(algorithm, data) {
    return new Promise((resolve) => {
      const name = StringPrototypeToUpperCase(typeof algorithm === "string" ? algorithm : algorithm.name);
      resolve(ops.op_flux_digest(name, bytesOf(data)).buffer);
    });
  },
};

for (const name of ["decrypt", "deriveBits", "deriveKey", "encrypt", "exportKey", "generateKey", "importKey", "sign", "unwrapKey", "verify", "wrapKey"]) {
  subtle[name] = () => {
    throw new TypeError(`crypto.subtle.${name} is not there on Flux's V8 engine; crypto.subtle.digest is`);
  };
}

export { subtle };
