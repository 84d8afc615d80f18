/** Query strings. */

import type { RawPairs } from "../host/contract.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The pairs of a query string in their order, decoded. A name without `=` has an empty value. */
export function queryPairs(query: string): RawPairs {
  const pairs = query.split("&").filter((pair) => pair !== "");
  return pairs.map((pair) => {
    const at = pair.indexOf("=");
    return at < 0 ? [decode(pair), ""] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))];
  });
}

/** Plus is a space, `%20` too. What is no escape stays as it is, what is no UTF-8 is replaced. */
function decode(text: string): string {
  if (!/[%+]/.test(text)) {
    return text;
  }
  const bytes = encoder.encode(text.replaceAll("+", " "));
  let length = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const escaped = byte === 0x25 ? hex(bytes[at + 1], bytes[at + 2]) : undefined;
    bytes[length++] = escaped ?? byte;
    if (escaped !== undefined) at += 2;
  }
  return decoder.decode(bytes.subarray(0, length));
}

function hex(high: number | undefined, low: number | undefined): number | undefined {
  if (high === undefined || low === undefined) return undefined;
  const digits = String.fromCharCode(high, low);
  return /^[0-9a-f]{2}$/i.test(digits) ? parseInt(digits, 16) : undefined;
}
