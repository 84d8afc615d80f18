/** Rows, and how they become the guest's own types. */

import { FluxError } from "../errors.ts";
import type { RawRows } from "../host/contract.ts";
import { kindOf, lift, type Value } from "./value.ts";

/** A type that a column can be read as. */
export interface Column<T> {
  /** What a column must hold, for error messages. */
  readonly expected: string;
  /** The value, or `undefined` if it is of another kind or does not fit. */
  read(value: Value): T | undefined;
}

/** Any value, as it is. */
export const value: Column<Value> = { expected: "a value", read: (it) => it };

/** True or false. SQLite has no such type and returns the integers 0 and 1. */
export const boolean: Column<boolean> = {
  expected: "a boolean",
  read: (it) => (it === 0n || it === 1n ? it === 1n : typeof it === "boolean" ? it : undefined),
};

/** A whole number of 64 bits, exact. */
export const bigint: Column<bigint> = {
  expected: "an integer",
  read: (it) => (typeof it === "bigint" ? it : undefined),
};

/** A whole number that a `number` holds exactly, within ±(2^53 - 1). */
export const integer: Column<number> = {
  expected: "an integer within 53 bits",
  read: (it) => (typeof it === "bigint" && Number.isSafeInteger(Number(it)) ? Number(it) : undefined),
};

/** A number; of an integer that is beyond 53 bits the nearest one. */
export const number: Column<number> = {
  expected: "a number",
  read: (it) => (typeof it === "bigint" || typeof it === "number" ? Number(it) : undefined),
};

/** Text, and every exact type that has no case of its own. */
export const text: Column<string> = {
  expected: "text",
  read: (it) => (typeof it === "string" ? it : undefined),
};

/** Bytes. */
export const bytes: Column<Uint8Array> = {
  expected: "bytes",
  read: (it) => (it instanceof Uint8Array ? it : undefined),
};

/** A column that may be NULL, which is `null`. */
export function nullable<T>(column: Column<T>): Column<T | null> {
  return { expected: column.expected, read: (it) => (it === null ? null : column.read(it)) };
}

/** The columns that make an object, in the order in which they are read. */
export type Shape = Record<string, Column<unknown>>;

/** The object that columns make. */
export type Decoded<S extends Shape> = { [K in keyof S]: S[K] extends Column<infer T> ? T : never };

/** A row does not have what was asked of it. */
export class DecodeError extends FluxError<"no-column" | "wrong-type"> {
  /** The name of the column. */
  readonly column: string;

  constructor(code: "no-column" | "wrong-type", column: string, message: string) {
    super(code, message);
    this.column = column;
  }
}

/** One row. */
export class Row {
  /** The names of the columns. */
  readonly columns: readonly string[];
  /** The values, in the order of the columns. */
  readonly values: readonly Value[];

  constructor(columns: readonly string[], values: readonly Value[]) {
    this.columns = columns;
    this.values = values;
  }

  /** The value of a column as it is, or `undefined` if there is no such column. */
  value(column: string): Value | undefined {
    return this.values[this.columns.indexOf(column)];
  }

  /** The value of a column as a type of JavaScript; throws a {@link DecodeError} if it is none. */
  get<T>(column: string, as: Column<T>): T {
    const found = this.value(column);
    if (found === undefined) {
      throw new DecodeError("no-column", column, `the query returned no column \`${column}\``);
    }
    const read = as.read(found);
    if (read === undefined) {
      const message = `column \`${column}\` should be ${as.expected}, and is ${kindOf(found)}`;
      throw new DecodeError("wrong-type", column, message);
    }
    return read;
  }

  /** The row as an object; throws a {@link DecodeError} if a column does not fit. */
  decode<S extends Shape>(shape: S): Decoded<S> {
    const entries = Object.entries(shape).map(([name, column]) => [name, this.get(name, column)] as const);
    return Object.fromEntries(entries) as Decoded<S>;
  }
}

/** The rows of a query, in the order of the database. */
export class Rows implements Iterable<Row> {
  /** The names of the columns. */
  readonly columns: readonly string[];
  /** The values; every row has one for each column. */
  readonly rows: readonly (readonly Value[])[];

  constructor(raw: RawRows) {
    this.columns = raw.columns;
    this.rows = raw.rows.map((row) => row.map(lift));
  }

  /** How many rows there are. */
  get length(): number {
    return this.rows.length;
  }

  /** The rows, one after the other. */
  *[Symbol.iterator](): Iterator<Row> {
    for (const values of this.rows) yield new Row(this.columns, values);
  }

  /** The first row, if there is one. */
  first(): Row | undefined {
    const [values] = this.rows;
    return values && new Row(this.columns, values);
  }

  /** All rows as objects; throws a {@link DecodeError} if a column does not fit. */
  decode<S extends Shape>(shape: S): Decoded<S>[] {
    return Array.from(this, (row) => row.decode(shape));
  }

  /** The first row as an object, if there is one. */
  decodeFirst<S extends Shape>(shape: S): Decoded<S> | undefined {
    return this.first()?.decode(shape);
  }
}
