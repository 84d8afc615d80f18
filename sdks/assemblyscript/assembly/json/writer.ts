import { encode } from "../text";
import { formatNumber } from "./number";

const QUOTE: u8 = 0x22;
const BACKSLASH: u8 = 0x5c;

/** What can be written as JSON. */
export interface ToJson {
  /** Writes one value. */
  toJson(writer: Writer): void;
}

/**
 * Writes JSON without spaces: the bytes that every Flux SDK gives.
 *
 * ```ts
 * writer.object().field("id", "o-1").field("cents", 1250).end();
 * ```
 */
export class Writer {
  private data: StaticArray<u8> = new StaticArray<u8>(256);
  private length: i32 = 0;
  /** What closes the open objects and lists, innermost last. */
  private closing: Array<u8> = [];
  private comma: bool = false;

  /** Begins an object. */
  object(): Writer {
    return this.open(0x7b, 0x7d);
  }

  /** Begins a list. */
  list(): Writer {
    return this.open(0x5b, 0x5d);
  }

  /** Ends the innermost object or list. */
  end(): Writer {
    this.push(this.closing.pop());
    this.comma = true;
    return this;
  }

  /** The name of the value that follows. */
  key(name: string): Writer {
    this.text(name);
    this.push(0x3a);
    this.comma = false;
    return this;
  }

  /** A name and its value. */
  field<T>(name: string, value: T): Writer {
    this.key(name);
    return this.value<T>(value);
  }

  /** A text, number, boolean, `ToJson`, an array of these, or null. */
  value<T>(value: T): Writer {
    if (isNullable<T>()) {
      if (value === null) return this.nothing();
    }
    if (isString<T>()) return this.text(changetype<string>(value));
    if (isBoolean<T>()) return this.boolean(<bool>value);
    if (isFloat<T>()) return this.number(<f64>value);
    if (isInteger<T>()) {
      if (isSigned<T>()) return this.integer(<i64>value);
      return this.unsigned(<u64>value);
    }
    if (isArray<T>()) return this.values<T>(value);
    value.toJson(this);
    return this;
  }

  private values<A extends Array<unknown>>(values: A): Writer {
    this.list();
    for (let index = 0; index < values.length; ++index) {
      this.value<valueof<A>>(values[index]);
    }
    return this.end();
  }

  /** A string. */
  text(text: string): Writer {
    this.separate();
    this.push(QUOTE);
    const bytes = encode(text);
    for (let index = 0; index < bytes.length; ++index) this.character(bytes[index]);
    this.push(QUOTE);
    this.comma = true;
    return this;
  }

  /** A whole number, exact. */
  integer(value: i64): Writer {
    return this.bare(value.toString());
  }

  /** A whole number, exact. */
  unsigned(value: u64): Writer {
    return this.bare(value.toString());
  }

  /** A number; null if it is none that JSON has. */
  number(value: f64): Writer {
    return this.bare(isFinite(value) ? formatNumber(value) : "null");
  }

  /** True or false. */
  boolean(value: bool): Writer {
    return this.bare(value ? "true" : "false");
  }

  /** Null. */
  nothing(): Writer {
    return this.bare("null");
  }

  /** What was written. */
  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    memory.copy(bytes.dataStart, changetype<usize>(this.data), <usize>this.length);
    return bytes;
  }

  private open(begin: u8, end: u8): Writer {
    this.separate();
    this.push(begin);
    this.closing.push(end);
    this.comma = false;
    return this;
  }

  private separate(): void {
    if (this.comma) this.push(0x2c);
  }

  private bare(text: string): Writer {
    this.separate();
    for (let index = 0; index < text.length; ++index) this.push(<u8>text.charCodeAt(index));
    this.comma = true;
    return this;
  }

  private character(byte: u8): void {
    if (byte >= 0x20) {
      if (byte == QUOTE || byte == BACKSLASH) this.push(BACKSLASH);
      this.push(byte);
      return;
    }
    this.push(BACKSLASH);
    switch (byte) {
      case 0x08: return this.push(0x62);
      case 0x09: return this.push(0x74);
      case 0x0a: return this.push(0x6e);
      case 0x0c: return this.push(0x66);
      case 0x0d: return this.push(0x72);
    }
    this.push(0x75);
    this.push(0x30);
    this.push(0x30);
    this.push(0x30 + (byte >> 4));
    this.push(hexadecimal(byte & 15));
  }

  private push(byte: u8): void {
    const length = this.length;
    if (length == this.data.length) {
      const larger = new StaticArray<u8>(length * 2);
      memory.copy(changetype<usize>(larger), changetype<usize>(this.data), <usize>length);
      this.data = larger;
    }
    unchecked((this.data[length] = byte));
    this.length = length + 1;
  }
}

function hexadecimal(digit: u8): u8 {
  return digit < 10 ? 0x30 + digit : 0x57 + digit;
}
