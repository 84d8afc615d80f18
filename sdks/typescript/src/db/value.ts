/** Values, and how JavaScript's become them and come back. */

import type { RawValue } from "../host/contract.ts";

/**
 * One value of a row. An integer is a `bigint`, exact; a floating-point number is a `number`, so the two
 * are told apart. Other exact types (numeric, UUIDs, timestamps) are text. `null` is SQL's NULL.
 */
export type Value = null | boolean | bigint | number | string | Uint8Array;

/** A parameter that is a floating-point number, whatever its value. */
export class Real {
  /** The number. */
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** A parameter that is a floating-point number: `real(1)` is 1.0, where `1` would be an integer. */
export function real(value: number): Real {
  return new Real(value);
}

/**
 * One parameter. A `bigint` is an integer. A `number` is an integer if it is a safe one (a whole number
 * within ±(2^53 - 1)), and a floating-point number if it is not, as are -0, NaN and infinities.
 */
export type Param = Value | Real;

/** A parameter as the host takes it. */
export function lower(param: Param): RawValue {
  switch (typeof param) {
    case "boolean":
      return { tag: "boolean", val: param };
    case "bigint":
      return { tag: "integer", val: param };
    case "string":
      return { tag: "text", val: param };
    case "number":
      return isInteger(param) ? { tag: "integer", val: BigInt(param) } : { tag: "real", val: param };
    default:
      return lowerObject(param);
  }
}

function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function lowerObject(param: null | Uint8Array | Real | undefined): RawValue {
  if (param === null) return { tag: "null" };
  if (param instanceof Uint8Array) return { tag: "bytes", val: param };
  if (param instanceof Real) return { tag: "real", val: param.value };
  const what = param === undefined ? "undefined" : "an object";
  throw new TypeError(`${what} is no SQL value: NULL is null, and JSON is text`);
}

/** A value as JavaScript has it. */
export function lift(raw: RawValue): Value {
  return raw.tag === "null" ? null : raw.val;
}

/** What a value is, for error messages. */
export function kindOf(value: Value): string {
  if (value === null) return "null";
  if (value instanceof Uint8Array) return "bytes";
  const kinds: Record<string, string> = {
    boolean: "a boolean",
    bigint: "an integer",
    number: "a real",
    string: "text",
  };
  return kinds[typeof value]!;
}
