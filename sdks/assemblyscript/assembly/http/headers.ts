import { Tuple2 } from "../generated/tuples";

/** A header or a path parameter: `item0` is the name, `item1` the value. */
export type Pair = Tuple2<string, string>;

/** The value of the first header of this name, whatever its case; null if there is none. */
export function findHeader(headers: Array<Pair>, name: string): string | null {
  for (let index = 0; index < headers.length; ++index) {
    if (equalIgnoringCase(headers[index].item0, name)) return headers[index].item1;
  }
  return null;
}

function equalIgnoringCase(left: string, right: string): bool {
  if (left.length != right.length) return false;
  for (let index = 0; index < left.length; ++index) {
    if (lower(left.charCodeAt(index)) != lower(right.charCodeAt(index))) return false;
  }
  return true;
}

/** ASCII only: a header's name has nothing else. */
function lower(unit: i32): i32 {
  return unit >= 0x41 && unit <= 0x5a ? unit | 0x20 : unit;
}
