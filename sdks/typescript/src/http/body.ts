import { type BytesLike, toBytes } from "../bytes.ts";

/** Bytes with the readers that `fetch` has. They are there as a whole, so they can be read again. */
export abstract class Body {
  readonly #bytes: Uint8Array;

  constructor(body: BytesLike | null | undefined) {
    this.#bytes = toBytes(body ?? "");
  }

  /** The body; empty if there is none. */
  async bytes(): Promise<Uint8Array> {
    return this.#bytes;
  }

  /** A copy of the body. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    return new Uint8Array(this.#bytes).buffer;
  }

  /** The body as text; rejects if it is no UTF-8. */
  abstract text(): Promise<string>;

  /** The body as JSON; rejects if it is none. */
  abstract json<T = unknown>(): Promise<T>;
}
