/** Source maps of version 3, for the way to the end of an execution: one map is read once for all frames. */

/** Where something stands in the source; line and column are counted from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** From which column of the bundle on something stands, counted from 0, and where. */
type Segment = readonly [from: number, source: number, line: number, column: number];

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const values = new Map(Array.from(digits, (digit, value) => [digit.charCodeAt(0), value]));

/** The numbers of one segment: signed, five bits a digit, the lowest first. */
function numbers(segment: string): number[] {
  const all: number[] = [];
  let value = 0;
  let shift = 0;
  for (let at = 0; at < segment.length; at++) {
    const digit = values.get(segment.charCodeAt(at)) ?? 0;
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

/** A map that was read. */
export class SourceMap {
  readonly #sources: string[];
  readonly #lines: Segment[][];

  constructor(text: string) {
    const { sources, mappings } = JSON.parse(text) as { sources: string[]; mappings: string };
    // The columns of a line begin anew, all else goes on from the segment before.
    let [source, row, at] = [0, 0, 0];
    this.#sources = sources;
    this.#lines = mappings.split(";").map((line) => {
      let from = 0;
      const segments = line === "" ? [] : line.split(",");
      return segments.map((segment) => {
        const [ahead = 0, sources = 0, rows = 0, columns = 0] = numbers(segment);
        return [(from += ahead), (source += sources), (row += rows), (at += columns)] as const;
      });
    });
  }

  /** The place in the source of a place in the bundle, both counted from 1. */
  place(line: number, column: number): Place | undefined {
    const found = this.#lines[line - 1]?.findLast(([from]) => from < column);
    if (!found) return undefined;
    const [, source, row, at] = found;
    return { file: this.#sources[source] ?? "", line: row + 1, column: at + 1 };
  }
}
