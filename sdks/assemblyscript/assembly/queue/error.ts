import { Fault } from "../result";

/** The cases of Error. */
export enum ErrorKind {
  /** Not allowed by flux.toml, or by a policy. */
  Denied,
  /** The payload is over its limit. */
  TooLarge,
  /** The queue cannot be reached. */
  Unavailable,
}

/** Why a job was not sent. */
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

  /** The payload is over its limit. */
  static tooLarge(): Error {
    return new Error(ErrorKind.TooLarge, "");
  }

  /** The queue cannot be reached. */
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
      case ErrorKind.Denied: return `the queue is denied: ${this.message}`;
      case ErrorKind.TooLarge: return "the payload is too large for the queue";
      default: return `the queue is unavailable: ${this.message}`;
    }
  }
}
