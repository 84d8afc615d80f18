/** The canonical text: one spelling for every value, in which no language's own formatting shows. */
import { Done, Fault, Result, db, fetch, http, kv, queue, text } from "@flux-run/assemblyscript";

/** What is longer is written as its length and its hash. */
const LONGEST = 256;

/** The answers of one path, a line each. */
export class Report {
  private lines: string = "";

  /** What `call` answered when it was asked for `subject`. */
  line<T>(call: string, subject: string, answer: T): void {
    this.lines += `${call} ${canonical(subject)} = ${canonical(answer)}\n`;
  }

  /** The same of a call that can fail. */
  result<T, E>(call: string, subject: string, answer: Result<T, E>): void {
    this.lines += `${call} ${canonical(subject)} = ${outcome(answer)}\n`;
  }

  /** As `result`, of a call whose value is not looked at. */
  opened<T, E>(call: string, subject: string, answer: Result<T, E>): void {
    const text = answer.failed ? error(answer.error) : "ok";
    this.lines += `${call} ${canonical(subject)} = ${text}\n`;
  }

  /** A line whose answer is canonical already. */
  written(call: string, subject: string, answer: string): void {
    this.lines += `${call} ${canonical(subject)} = ${answer}\n`;
  }

  /** The response that has all lines. */
  respond(): http.Response {
    return http.Response.text(200, this.lines);
  }
}

/** A value's text, without a line's end. */
export function canonical<T>(value: T): string {
  if (isNullable<T>()) {
    if (value === null) return "none";
  }
  if (isString<T>()) return quoted(text.encode(changetype<string>(value)));
  if (isBoolean<T>()) return value ? "true" : "false";
  if (isFloat<T>()) return real(<f64>value);
  if (isInteger<T>()) return value.toString();
  if (value instanceof Uint8Array) return `b${quoted(value)}`;
  if (isArray<T>()) return list<T>(value);
  if (value instanceof Done) return "ok";
  if (value instanceof http.Pair) return `${canonical(value.item0)}: ${canonical(value.item1)}`;
  if (value instanceof kv.Entry) return `${canonical(value.value)} version ${canonical(value.version)}`;
  if (value instanceof kv.Page) return `${canonical(value.keys)} next ${canonical(value.next)}`;
  if (value instanceof db.Value) return sql(value);
  if (value instanceof db.Rows) return `${canonical(value.columns)} ${canonical(value.rows)}`;
  if (value instanceof fetch.Response) {
    return `${value.status} ${canonical(value.headers)} ${canonical(value.body)}`;
  }
  return ERROR("this type has no canonical text");
}

/** The text of a value, or of the error in its place. */
export function outcome<T, E>(result: Result<T, E>): string {
  return result.failed ? error(result.error) : canonical(result.value);
}

function list<A extends Array<unknown>>(items: A): string {
  const texts = new Array<string>();
  for (let index = 0; index < items.length; ++index) {
    texts.push(canonical<valueof<A>>(items[index]));
  }
  return `[${texts.join(", ")}]`;
}

/** The bits: every NaN is one. */
function real(number: f64): string {
  const bits: u64 = isNaN(number) ? 0x7ff8000000000000 : reinterpret<u64>(number);
  return `real:${bits.toString(16).padStart(16, "0")}`;
}

function sql(value: db.Value): string {
  switch (value.kind) {
    case db.ValueKind.Null: return "null";
    case db.ValueKind.Boolean: return canonical(value.boolean);
    case db.ValueKind.Integer: return canonical(value.integer);
    case db.ValueKind.Real: return canonical(value.real);
    case db.ValueKind.Text: return canonical(value.text);
    default: return canonical(value.bytes);
  }
}

/** An error: its case, what it carries, and the sentence that the SDK makes of it. */
function error(fault: Fault): string {
  return `error ${caseOf(fault)}: ${canonical(fault.toString())}`;
}

function caseOf(fault: Fault): string {
  if (fault instanceof db.Error) return database(fault as db.Error);
  if (fault instanceof kv.Error) {
    const error = fault as kv.Error;
    return carrying(error.code, error.kind == kv.ErrorKind.TooLarge ? null : error.message);
  }
  if (fault instanceof queue.Error) {
    const error = fault as queue.Error;
    return carrying(error.code, error.kind == queue.ErrorKind.TooLarge ? null : error.message);
  }
  const error = fault as fetch.Error;
  const bare = error.kind == fetch.ErrorKind.TooLarge || error.kind == fetch.ErrorKind.Timeout;
  return carrying(error.code, bare ? null : error.message);
}

function carrying(code: string, message: string | null): string {
  return message === null ? code : `${code} ${canonical(message)}`;
}

function database(error: db.Error): string {
  switch (error.kind) {
    case db.ErrorKind.Timeout: return error.code;
    case db.ErrorKind.Denied:
    case db.ErrorKind.Unavailable: return carrying(error.code, error.message);
    default: return `${carrying(error.code, error.message)} ${canonical(error.detail)}`;
  }
}

/** Printable ASCII stands for itself; quote, backslash and every other byte are `\x` and two digits. */
function quoted(bytes: Uint8Array): string {
  if (bytes.length > LONGEST) {
    return `<${bytes.length} bytes ${fnv1a(bytes).toString(16).padStart(8, "0")}>`;
  }
  let text = '"';
  for (let index = 0; index < bytes.length; ++index) {
    const byte = <i32>bytes[index];
    const plain = byte >= 0x20 && byte <= 0x7e && byte != 0x22 && byte != 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return text + '"';
}

/** FNV-1a of 32 bits: a few lines in every language. */
function fnv1a(bytes: Uint8Array): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let index = 0; index < bytes.length; ++index) {
    hash = (hash ^ bytes[index]) * 0x01000193;
  }
  return hash;
}
