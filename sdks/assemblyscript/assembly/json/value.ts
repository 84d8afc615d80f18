import { Some } from "../result";
import { Writer } from "./writer";

/** The kinds of JSON values. */
export enum Kind {
  /** `null`. */
  Null,
  /** `true` or `false`. */
  Boolean,
  /** A number. */
  Number,
  /** A string. */
  Text,
  /** An array. */
  List,
  /** An object. */
  Object,
}

/** A JSON value that was read. What is asked for as another kind than it has is null. */
export class Value {
  private constructor(
    /** What it is. */
    readonly kind: Kind,
    private readonly number: f64 = 0,
    private readonly integer: Some<i64> | null = null,
    private readonly text: string | null = null,
    private readonly list: Array<Value> | null = null,
    private readonly fields: Map<string, Value> | null = null,
  ) {}

  /** `null`. */
  static readonly nothing: Value = new Value(Kind.Null);

  /** `true` or `false`. */
  static boolean(value: bool): Value {
    return new Value(Kind.Boolean, value ? 1 : 0);
  }

  /** A number; `integer` is its exact value if it was written as one that fits. */
  static number(value: f64, integer: Some<i64> | null): Value {
    return new Value(Kind.Number, value, integer);
  }

  /** A string. */
  static text(value: string): Value {
    return new Value(Kind.Text, 0, null, value);
  }

  /** An array. */
  static list(value: Array<Value>): Value {
    return new Value(Kind.List, 0, null, null, value);
  }

  /** An object, its fields in the order they were written. */
  static object(value: Map<string, Value>): Value {
    return new Value(Kind.Object, 0, null, null, null, value);
  }

  /** A field of an object; null if there is none of this name, or this is no object. */
  get(name: string): Value | null {
    const fields = this.fields;
    return fields !== null && fields.has(name) ? fields.get(name) : null;
  }

  /** The string. */
  asText(): string | null {
    return this.text;
  }

  /** The text of a field of an object. */
  textOf(name: string): string | null {
    const field = this.get(name);
    return field ? field.asText() : null;
  }

  /** The number, rounded to a double. */
  asNumber(): Some<f64> | null {
    return this.kind == Kind.Number ? new Some<f64>(this.number) : null;
  }

  /** The number, if it was written without fraction and exponent and fits. */
  asInteger(): Some<i64> | null {
    return this.integer;
  }

  /** True or false. */
  asBoolean(): Some<bool> | null {
    return this.kind == Kind.Boolean ? new Some<bool>(this.number != 0) : null;
  }

  /** The elements. */
  asList(): Array<Value> | null {
    return this.list;
  }

  /** The fields, in the order they were written. */
  asObject(): Map<string, Value> | null {
    return this.fields;
  }

  /** Writes it as it was read. */
  toJson(writer: Writer): void {
    switch (this.kind) {
      case Kind.Null: {
        writer.nothing();
        break;
      }
      case Kind.Boolean: {
        writer.boolean(this.number != 0);
        break;
      }
      case Kind.Number: {
        const integer = this.integer;
        if (integer) writer.integer(integer.value);
        else writer.number(this.number);
        break;
      }
      case Kind.Text: {
        writer.text(this.text!);
        break;
      }
      case Kind.List: {
        writer.list();
        const list = this.list!;
        for (let index = 0; index < list.length; ++index) list[index].toJson(writer);
        writer.end();
        break;
      }
      default: {
        writer.object();
        const names = this.fields!.keys();
        for (let index = 0; index < names.length; ++index) {
          writer.key(names[index]);
          this.fields!.get(names[index]).toJson(writer);
        }
        writer.end();
      }
    }
  }
}
