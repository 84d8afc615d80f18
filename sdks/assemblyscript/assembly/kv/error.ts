import { Fault } from "../result";

/** The cases of Error. */
export enum ErrorKind {
  /** Not allowed by flux.toml, or by a policy. */
  Denied,
  /** The key or the value is over its limit. */
  TooLarge,
  /** The store cannot be reached. */
  Unavailable,
}

/** Why a bucket did not do as asked. */
export class Error extends Fault {
  private constructor(
    /** Which case it is. */
    readonly kind: ErrorKind,
    /** The reason; empty for `TooLarge`. */
    readonly message: string,
  ) {
    super();
  }

  /** Not allowed by flux.toml, or by a policy. */
  static denied(why: string): Error {
    return new Error(ErrorKind.Denied, why);
  }

  /** The key or the value is over its limit. */
  static tooLarge(): Error {
    return new Error(ErrorKind.TooLarge, "");
  }

  /** The store cannot be reached. */
  static unavailable(why: string): Error {
    return new Error(ErrorKind.Unavailable, why);
  }

  /** The name of the case in the contract. */
  get code(): string {
    switch (this.kind) {
      case ErrorKind.Denied: return "denied";
      case ErrorKind.TooLarge: return "too-large";
      default: return "unavailable";
    }
  }

  toString(): string {
    switch (this.kind) {
      case ErrorKind.Denied: return `the bucket is denied: ${this.message}`;
      case ErrorKind.TooLarge: return "the key or the value is too large for the bucket";
      default: return `the bucket is unavailable: ${this.message}`;
    }
  }
}
