/** Structured log lines, kept with the execution that wrote them. */
import * as host from "./generated/log";
import { Tuple2 } from "./generated/tuples";

export { Level } from "./generated/log";

/** A field of a line: `item0` is the name, `item1` the value as text. */
export type Field = Tuple2<string, string>;

/** A field of any value that has a text. */
export function field<T>(name: string, value: T): Field {
  if (isString<T>()) return new Tuple2<string, string>(name, changetype<string>(value));
  return new Tuple2<string, string>(name, value.toString());
}

/** Writes a line. */
export function write(level: host.Level, message: string, fields: Array<Field> = []): void {
  host.write(level, message, fields);
}

/** Every step. */
export function trace(message: string, fields: Array<Field> = []): void {
  host.write(host.Level.Trace, message, fields);
}

/** What a developer wants to see. */
export function debug(message: string, fields: Array<Field> = []): void {
  host.write(host.Level.Debug, message, fields);
}

/** What an operator wants to see. */
export function info(message: string, fields: Array<Field> = []): void {
  host.write(host.Level.Info, message, fields);
}

/** Something that should be looked at. */
export function warn(message: string, fields: Array<Field> = []): void {
  host.write(host.Level.Warn, message, fields);
}

/** Something went wrong. */
export function error(message: string, fields: Array<Field> = []): void {
  host.write(host.Level.Error, message, fields);
}
