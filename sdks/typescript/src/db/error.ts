import { FluxError } from "../errors.ts";
import type { RawError } from "../host/contract.ts";

/** The cases of {@link DbError}. */
export type DbErrorCode =
  /** Not allowed by flux.toml, or by a policy. */
  | "denied"
  /** Does not parse, or names what does not exist. */
  | "invalid"
  /** Unique, foreign key, check or not null; the detail is the constraint's name. */
  | "constraint"
  /** A serialisation failure or a deadlock: safe to run again. */
  | "conflict"
  /** The statement ran longer than its limit. */
  | "timeout"
  /** The database cannot be reached. */
  | "unavailable";

/** Why a statement did not run. */
export class DbError extends FluxError<DbErrorCode> {
  /** The words of the database or of the host; `undefined` for `timeout`. */
  readonly reason: string | undefined;
  /** The constraint's name for `constraint`; `undefined` where the database gave none. */
  readonly detail: string | undefined;

  constructor(code: DbErrorCode, message: string, reason: string | undefined, detail: string | undefined) {
    super(code, message);
    this.reason = reason;
    this.detail = detail;
  }
}

/** The host's error as one of this SDK. */
export function wrap({ tag, val }: RawError): DbError {
  const code = tag as DbErrorCode;
  const { message: reason, detail } = typeof val === "object" ? val : { message: val };
  const texts = {
    denied: `the database is denied: ${reason}`,
    invalid: `the statement is invalid: ${reason}`,
    constraint: `a constraint failed: ${reason}`,
    conflict: `a conflict: ${reason}`,
    timeout: "the statement ran too long",
    unavailable: `the database is unavailable: ${reason}`,
  };
  return new DbError(code, texts[code], reason, detail);
}
