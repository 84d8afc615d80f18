/** Assertions that say what they found. */
import { text } from "../index";

export function equal(found: string | null, expected: string | null): void {
  assert(found == expected, `${found ? found : "null"} is not ${expected ? expected : "null"}`);
}

/** Bytes as text, so that the difference can be read. */
export function bytes(found: Uint8Array, expected: string): void {
  equal(text.decode(found), expected);
}
