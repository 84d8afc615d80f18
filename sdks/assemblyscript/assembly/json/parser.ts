import { Result, Some } from "../result";
import { decode, integer } from "../text";
import { Error } from "./error";
import { Value } from "./value";

/** How deep lists and objects may lie in each other: one more is an error. */
const DEPTH: i32 = 127;

/** Reads JSON, and nothing but JSON: RFC 8259 in UTF-8, without any leniency. */
export function parse(bytes: Uint8Array): Result<Value, Error> {
  const text = decode(bytes);
  if (text === null) return Result.err<Value, Error>(new Error("the text is not UTF-8", 0));
  return new Parser(text).whole();
}

class Parser {
  private at: i32 = 0;
  private depth: i32 = 0;
  private error: Error | null = null;

  constructor(private readonly text: string) {}

  whole(): Result<Value, Error> {
    const value = this.value();
    this.blank();
    if (this.at < this.text.length) this.fail("there is more after the value");
    const error = this.error;
    return error ? Result.err<Value, Error>(error) : Result.ok<Value, Error>(value);
  }

  /** Only the first fault counts. After it nothing is left to read, so that every loop ends. */
  private fail(message: string): Value {
    if (!this.error) this.error = new Error(message, this.at);
    this.at = this.text.length;
    return Value.nothing;
  }

  /** The unit that is next; -1 at the end. */
  private peek(): i32 {
    return this.at < this.text.length ? this.text.charCodeAt(this.at) : -1;
  }

  private take(unit: i32): bool {
    if (this.peek() != unit) return false;
    ++this.at;
    return true;
  }

  private blank(): void {
    while (isBlank(this.peek())) ++this.at;
  }

  private value(): Value {
    this.blank();
    const unit = this.peek();
    switch (unit) {
      case 0x22: return Value.text(this.string());
      case 0x5b: return this.nested(true);
      case 0x7b: return this.nested(false);
      case 0x74: return this.word("true", Value.boolean(true));
      case 0x66: return this.word("false", Value.boolean(false));
      case 0x6e: return this.word("null", Value.nothing);
    }
    if (unit == 0x2d || isDigit(unit)) return this.number();
    return this.fail(unit < 0 ? "the value ends too early" : "a value was expected");
  }

  private word(word: string, value: Value): Value {
    if (!this.text.startsWith(word, this.at)) return this.fail("a value was expected");
    this.at += word.length;
    return value;
  }

  private nested(isList: bool): Value {
    if (++this.depth > DEPTH) return this.fail("the value is nested too deeply");
    ++this.at;
    const value = isList ? this.list() : this.object();
    --this.depth;
    return value;
  }

  private list(): Value {
    const list = new Array<Value>();
    this.blank();
    if (this.take(0x5d)) return Value.list(list);
    do {
      list.push(this.value());
      this.blank();
    } while (this.take(0x2c));
    return this.take(0x5d) ? Value.list(list) : this.fail("`,` or `]` was expected");
  }

  private object(): Value {
    const fields = new Map<string, Value>();
    this.blank();
    if (this.take(0x7d)) return Value.object(fields);
    do {
      this.blank();
      if (this.peek() != 0x22) return this.fail("a name was expected");
      const name = this.string();
      this.blank();
      if (!this.take(0x3a)) return this.fail("`:` was expected");
      fields.set(name, this.value());
      this.blank();
    } while (this.take(0x2c));
    return this.take(0x7d) ? Value.object(fields) : this.fail("`,` or `}` was expected");
  }

  private number(): Value {
    const start = this.at;
    this.take(0x2d);
    // A zero stands alone before the point.
    if (!this.take(0x30) && !this.digits()) return this.fail("a number was expected");
    if (isDigit(this.peek())) return this.fail("a number starts with no zero");
    let whole = true;
    if (this.take(0x2e)) {
      whole = false;
      if (!this.digits()) return this.fail("a digit was expected");
    }
    if (this.take(0x65) || this.take(0x45)) {
      whole = false;
      if (!this.take(0x2b)) this.take(0x2d);
      if (!this.digits()) return this.fail("a digit was expected");
    }
    const text = this.text.substring(start, this.at);
    const value = parseFloat(text);
    if (!isFinite(value)) return this.fail("the number is too large");
    return Value.number(value, whole ? exact(text) : null);
  }

  /** Skips digits; false if there is none. */
  private digits(): bool {
    const start = this.at;
    while (isDigit(this.peek())) ++this.at;
    return this.at > start;
  }

  private string(): string {
    ++this.at;
    let text = "";
    let start = this.at;
    let unit = this.peek();
    while (unit != 0x22) {
      if (unit < 0x20) {
        this.fail(unit < 0 ? "the string does not end" : "a control character must be escaped");
        return text;
      }
      ++this.at;
      if (unit == 0x5c) {
        text += this.text.substring(start, this.at - 1) + this.escape();
        start = this.at;
      }
      unit = this.peek();
    }
    text += this.text.substring(start, this.at);
    ++this.at;
    return text;
  }

  private escape(): string {
    const unit = this.peek();
    ++this.at;
    switch (unit) {
      case 0x22: return '"';
      case 0x5c: return "\\";
      case 0x2f: return "/";
      case 0x62: return "\b";
      case 0x66: return "\f";
      case 0x6e: return "\n";
      case 0x72: return "\r";
      case 0x74: return "\t";
      case 0x75: return this.unicode();
    }
    this.fail("the escape is none of JSON's");
    return "";
  }

  private unicode(): string {
    const first = this.hexadecimal();
    if ((first & 0xf800) != 0xd800) return String.fromCharCode(first);
    if (first < 0xdc00 && this.take(0x5c) && this.take(0x75)) {
      const second = this.hexadecimal();
      if ((second & 0xfc00) == 0xdc00) return String.fromCharCode(first, second);
    }
    this.fail("a surrogate stands alone");
    return "";
  }

  private hexadecimal(): i32 {
    let number = 0;
    for (let index = 0; index < 4; ++index) {
      const digit = hexadecimalDigit(this.peek());
      if (digit < 0) {
        this.fail("four hexadecimal digits were expected");
        return 0;
      }
      number = (number << 4) | digit;
      ++this.at;
    }
    return number;
  }
}

function isBlank(unit: i32): bool {
  return unit == 0x20 || unit == 0x0a || unit == 0x0d || unit == 0x09;
}

function isDigit(unit: i32): bool {
  return unit >= 0x30 && unit <= 0x39;
}

function hexadecimalDigit(unit: i32): i32 {
  if (isDigit(unit)) return unit - 0x30;
  const letter = unit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

/** The integer that a number was written as; null if it does not fit, or is a negative zero. */
function exact(text: string): Some<i64> | null {
  return text == "-0" ? null : integer(text);
}
