/** The cases of Value. */
export enum ValueKind {
  /** SQL's NULL. */
  Null,
  /** True or false. SQLite has no such type and returns integers. */
  Boolean,
  /** A whole number. */
  Integer,
  /** A floating-point number. */
  Real,
  /** Text, and every exact type that has no case of its own. */
  Text,
  /** Bytes. */
  Bytes,
}

/**
 * One value of a row or a parameter. Integers are exact; other exact types (numeric, UUIDs, timestamps)
 * travel as text. Of the properties only the one named like its kind has a meaning.
 */
export class Value {
  private constructor(
    /** Which of the properties it is. */
    readonly kind: ValueKind,
    /** A whole number. */
    readonly integer: i64,
    /** A floating-point number. */
    readonly real: f64,
    private readonly _text: string | null,
    private readonly _bytes: Uint8Array | null,
  ) {}

  /** SQL's NULL. */
  static null(): Value {
    return new Value(ValueKind.Null, 0, 0, null, null);
  }

  /** True or false. */
  static boolean(value: bool): Value {
    return new Value(ValueKind.Boolean, value ? 1 : 0, 0, null, null);
  }

  /** A whole number. */
  static integer(value: i64): Value {
    return new Value(ValueKind.Integer, value, 0, null, null);
  }

  /** A floating-point number. */
  static real(value: f64): Value {
    return new Value(ValueKind.Real, 0, value, null, null);
  }

  /** A text. */
  static text(value: string): Value {
    return new Value(ValueKind.Text, 0, 0, value, null);
  }

  /** Bytes. */
  static bytes(value: Uint8Array): Value {
    return new Value(ValueKind.Bytes, 0, 0, null, value);
  }

  /** True or false. */
  get boolean(): bool {
    return this.integer != 0;
  }

  /** A text. */
  get text(): string {
    return this._text!;
  }

  /** Bytes. */
  get bytes(): Uint8Array {
    return this._bytes!;
  }

  /** Whether it is SQL's NULL. */
  get isNull(): bool {
    return this.kind == ValueKind.Null;
  }

  /** What it is, for error messages. */
  describe(): string {
    switch (this.kind) {
      case ValueKind.Null: return "null";
      case ValueKind.Boolean: return "a boolean";
      case ValueKind.Integer: return "an integer";
      case ValueKind.Real: return "a real";
      case ValueKind.Text: return "text";
      default: return "bytes";
    }
  }
}

/** The value of a number, a boolean, a text, bytes, or null. An integer must fit i64. */
export function value<T>(from: T): Value {
  if (isNullable<T>()) {
    if (from === null) return Value.null();
  }
  if (isBoolean<T>()) return Value.boolean(<bool>from);
  if (isInteger<T>()) return Value.integer(<i64>from);
  if (isFloat<T>()) return Value.real(<f64>from);
  if (isString<T>()) return Value.text(changetype<string>(from));
  if (from instanceof Uint8Array) return Value.bytes(from);
  if (from instanceof Value) return from;
  return ERROR("this type is no value of SQL");
}
