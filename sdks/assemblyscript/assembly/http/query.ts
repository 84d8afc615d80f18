import { Tuple2 } from "../generated/tuples";
import { decodeLossy, encode } from "../text";
import { Pair } from "./headers";

/** The pairs of a query string in their order, decoded. A name without `=` has an empty value. */
export function parseQuery(query: string): Array<Pair> {
  const pairs = new Array<Pair>();
  const parts = query.split("&");
  for (let index = 0; index < parts.length; ++index) {
    const part = parts[index];
    if (!part.length) continue;
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.substring(0, equals);
    const value = equals < 0 ? "" : part.substring(equals + 1);
    pairs.push(new Tuple2<string, string>(decodeComponent(name), decodeComponent(value)));
  }
  return pairs;
}

/** Plus is a space, `%20` too. What is no escape stays as it is, what is no UTF-8 is replaced. */
export function decodeComponent(text: string): string {
  const bytes = encode(text);
  let count = 0;
  for (let at = 0; at < bytes.length; ++at) {
    let byte = bytes[at];
    if (byte == 0x2b) {
      byte = 0x20;
    } else if (byte == 0x25 && at + 2 < bytes.length) {
      const high = digit(bytes[at + 1]);
      const low = digit(bytes[at + 2]);
      if (high >= 0 && low >= 0) {
        byte = <u8>((high << 4) | low);
        at += 2;
      }
    }
    bytes[count++] = byte;
  }
  return decodeLossy(bytes.subarray(0, count));
}

function digit(byte: u8): i32 {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
