import { Fault } from "../result";

/** Bytes that are no JSON. */
export class Error extends Fault {
  constructor(
    /** What is wrong. */
    readonly message: string,
    /** Where: the number of UTF-16 units before it. */
    readonly position: i32,
  ) {
    super();
  }

  toString(): string {
    return `${this.message} at position ${this.position}`;
  }
}

/** A helper that calls the host and speaks JSON: the host refused the call. */
export class CallError extends Fault {
  constructor(
    /** What the host said. */
    readonly cause: Fault,
  ) {
    super();
  }

  toString(): string {
    return `the call failed: ${this.cause.toString()}`;
  }
}

/** A helper that calls the host and speaks JSON: what the host gave is no JSON. */
export class MismatchError extends Fault {
  constructor(
    /** What is wrong with it. */
    readonly cause: Error,
  ) {
    super();
  }

  toString(): string {
    return `the value and its JSON do not match: ${this.cause.toString()}`;
  }
}
