/**
 * Looks up one place in a source map of version 3. On the way to the end of an execution only, so it
 * reads the map from its beginning and keeps nothing.
 */

/** Where something stands in the source; line and column are counted from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The numbers of one segment: signed, five bits a digit, the lowest first. */
function numbers(segment: string): number[] {
  const all: number[] = [];
  let value = 0;
  let shift = 0;
  for (const letter of segment) {
    const digit = digits.indexOf(letter);
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit < 32) {
      all.push(value & 1 ? -(value >>> 1) : value >>> 1);
      value = 0;
      shift = 0;
    }
  }
  return all;
}

/** The place in the source of a place in the bundle, both counted from 1. */
export function originalPlace(map: string, line: number, column: number): Place | undefined {
  const { sources, mappings } = JSON.parse(map) as { sources: string[]; mappings: string };
  // The columns of a line begin anew, all else goes on from the segment before.
  let [source, row, at] = [0, 0, 0];
  for (const [index, text] of mappings.split(";").slice(0, line).entries()) {
    let generated = 0;
    let found: Place | undefined;
    for (const segment of text.split(",").filter((it) => it !== "")) {
      const [ahead = 0, ...original] = numbers(segment);
      generated += ahead;
      if (index === line - 1 && generated >= column) break;
      if (original.length >= 3) {
        source += original[0]!;
        row += original[1]!;
        at += original[2]!;
        found = { file: sources[source] ?? "", line: row + 1, column: at + 1 };
      }
    }
    if (index === line - 1) return found;
  }
  return undefined;
}
