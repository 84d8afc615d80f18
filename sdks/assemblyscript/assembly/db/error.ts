import { Failure } from "../generated/db";
import { Fault } from "../result";

/** The cases of Error. */
export enum ErrorKind {
  /** Not allowed by flux.toml, or by a policy. */
  Denied,
  /** Does not parse, or names what does not exist. */
  Invalid,
  /** Unique, foreign key, check or not null; the detail is the constraint's name. */
  Constraint,
  /** A serialisation failure or a deadlock: safe to run again. */
  Conflict,
  /** The statement ran longer than its limit. */
  Timeout,
  /** The database cannot be reached. */
  Unavailable,
}

/** Why a statement did not run. */
export class Error extends Fault {
  private constructor(
    /** Which case it is. */
    readonly kind: ErrorKind,
    /** The reason, or the database's own words; empty for a timeout. */
    readonly message: string,
    /** The constraint's name in case `Constraint`, if the database names it. */
    readonly detail: string | null = null,
  ) {
    super();
  }

  /** Not allowed by flux.toml, or by a policy. */
  static denied(why: string): Error {
    return new Error(ErrorKind.Denied, why);
  }

  /** Does not parse, or names what does not exist. */
  static invalid(failure: Failure): Error {
    return new Error(ErrorKind.Invalid, failure.message, failure.detail);
  }

  /** A constraint failed. */
  static constraint(failure: Failure): Error {
    return new Error(ErrorKind.Constraint, failure.message, failure.detail);
  }

  /** Safe to run again. */
  static conflict(failure: Failure): Error {
    return new Error(ErrorKind.Conflict, failure.message, failure.detail);
  }

  /** The statement ran too long. */
  static timeout(): Error {
    return new Error(ErrorKind.Timeout, "");
  }

  /** The database cannot be reached. */
  static unavailable(why: string): Error {
    return new Error(ErrorKind.Unavailable, why);
  }

  /** The name of the case in the contract. */
  get code(): string {
    switch (this.kind) {
      case ErrorKind.Denied: return "denied";
      case ErrorKind.Invalid: return "invalid";
      case ErrorKind.Constraint: return "constraint";
      case ErrorKind.Conflict: return "conflict";
      case ErrorKind.Timeout: return "timeout";
      default: return "unavailable";
    }
  }

  toString(): string {
    switch (this.kind) {
      case ErrorKind.Denied: return `the database is denied: ${this.message}`;
      case ErrorKind.Invalid: return `the statement is invalid: ${this.message}`;
      case ErrorKind.Constraint: return `a constraint failed: ${this.message}`;
      case ErrorKind.Conflict: return `a conflict: ${this.message}`;
      case ErrorKind.Timeout: return "the statement ran too long";
      default: return `the database is unavailable: ${this.message}`;
    }
  }
}
