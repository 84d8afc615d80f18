import { Fault, Result } from "../result";
import { Value, ValueKind } from "./value";

/** The rows of a query, in the order of the database. */
export class Rows {
  constructor(
    /** The names of the columns. */
    public columns: Array<string>,
    /** The values; every row has one for each column. */
    public rows: Array<Array<Value>>,
  ) {}

  /** How many rows there are. */
  get length(): i32 {
    return this.rows.length;
  }

  /** A row by its number, from 0. */
  row(index: i32): Row {
    return new Row(this.columns, this.rows[index]);
  }

  /** The first row; null if there is none. */
  first(): Row | null {
    return this.length ? this.row(0) : null;
  }

  /** All rows as the guest's own type. */
  decode<T>(from: (row: Row) => Result<T>): Result<Array<T>> {
    const decoded = new Array<T>();
    for (let index = 0; index < this.length; ++index) {
      const one = from(this.row(index));
      if (one.failed) return one.pass<Array<T>>();
      decoded.push(one.value);
    }
    return Result.ok<Array<T>>(decoded);
  }

  /** The first row as the guest's own type; null if there is none. */
  decodeFirst<T>(from: (row: Row) => Result<T>): Result<T | null> {
    const row = this.first();
    if (row === null) return Result.ok<T | null>(null);
    const one = from(row);
    return one.failed ? one.pass<T | null>() : Result.ok<T | null>(one.value);
  }
}

/** A row does not have what was asked of it. */
export class DecodeError extends Fault {
  constructor(private readonly text: string) {
    super();
  }

  toString(): string {
    return this.text;
  }
}

/**
 * One row. A column that is not there, or of another type, gives an empty value, and `decoded` says so:
 *
 * ```ts
 * const user = new User(row.get<string>("id"), row.get<string | null>("name"));
 * return row.decoded(user);
 * ```
 */
export class Row {
  private fault: DecodeError | null = null;

  constructor(
    private readonly columns: Array<string>,
    /** All values, in the order of the columns. */
    readonly values: Array<Value>,
  ) {}

  /** The value of a column as it is; null if there is no such column. */
  value(column: string): Value | null {
    const index = this.columns.indexOf(column);
    return index < 0 ? null : this.values[index];
  }

  /** Whether a column is SQL's NULL: for numbers, which cannot be null. */
  isNull(column: string): bool {
    const value = this.value(column);
    return value !== null && value.isNull;
  }

  /** A column as a number, a boolean, a text or bytes; NULL is only a `string | null` or `Uint8Array | null`. */
  get<T>(column: string): T {
    const value = this.value(column);
    if (value === null) {
      return this.miss<T>(`the query returned no column \`${column}\``);
    }
    if (isNullable<T>()) {
      if (value.isNull) return changetype<T>(0);
    }
    if (fits<T>(value)) return convert<T>(value);
    return this.miss<T>(`column \`${column}\` should be ${expected<T>()}, and is ${value.describe()}`);
  }

  /** The finished value, or the first thing that was wrong with the row. */
  decoded<T>(value: T): Result<T> {
    const fault = this.fault;
    return fault ? Result.err<T>(fault) : Result.ok<T>(value);
  }

  private miss<T>(text: string): T {
    if (!this.fault) this.fault = new DecodeError(text);
    if (isString<T>()) return changetype<T>("");
    if (isReference<T>()) {
      if (idof<T>() != idof<Uint8Array>()) ERROR("a column is a number, a boolean, a text or bytes");
      return changetype<T>(new Uint8Array(0));
    }
    // @ts-ignore: a number here
    return <T>0;
  }
}

function fits<T>(value: Value): bool {
  const kind = value.kind;
  if (isBoolean<T>()) {
    // SQLite has no booleans.
    return kind == ValueKind.Boolean || (kind == ValueKind.Integer && value.integer >> 1 == 0);
  }
  if (isInteger<T>()) {
    // Among 64 bits only a negative number does not fit: as u64.
    if (sizeof<T>() == 8) return kind == ValueKind.Integer && (isSigned<T>() || value.integer >= 0);
    return kind == ValueKind.Integer && <i64>(<T>value.integer) == value.integer;
  }
  if (isFloat<T>()) return kind == ValueKind.Real || kind == ValueKind.Integer;
  return kind == (isString<T>() ? ValueKind.Text : ValueKind.Bytes);
}

function convert<T>(value: Value): T {
  if (isBoolean<T>()) return <T>(value.integer != 0);
  if (isInteger<T>()) return <T>value.integer;
  if (isFloat<T>()) return <T>(value.kind == ValueKind.Real ? value.real : <f64>value.integer);
  if (isString<T>()) return changetype<T>(value.text);
  return changetype<T>(value.bytes);
}

function expected<T>(): string {
  if (isBoolean<T>()) return "a boolean";
  if (isInteger<T>()) return `an integer that fits ${nameof<T>()}`;
  if (isFloat<T>()) return "a number";
  return isString<T>() ? "text" : "bytes";
}
