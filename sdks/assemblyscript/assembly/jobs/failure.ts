import { Fault, Result } from "../result";

/** What becomes of a job that was not done. */
export enum FailureKind {
  /** Run it again later, with backoff, until the attempts are used up. */
  Retry,
  /** Never run it again: it becomes a dead letter. */
  Discard,
}

/** Why a job was not done. Any other fault that a handler returns is a retry. */
export class Failure extends Fault {
  private constructor(
    /** Which case it is. */
    readonly kind: FailureKind,
    /** What happened. */
    readonly why: string,
  ) {
    super();
  }

  /** Run it again later. */
  static retry(why: string): Failure {
    return new Failure(FailureKind.Retry, why);
  }

  /** Never run it again. */
  static discard(why: string): Failure {
    return new Failure(FailureKind.Discard, why);
  }

  /** What becomes of a job whose handler returned this. */
  static of(fault: Fault): Failure {
    return fault instanceof Failure ? (fault as Failure) : Failure.retry(fault.toString());
  }

  /** The reason, as the contract's case `retry` has it. */
  get retry(): string {
    return this.why;
  }

  /** The reason, as the contract's case `discard` has it. */
  get discard(): string {
    return this.why;
  }

  /** The result of a handler that ends with this failure. */
  fail<T>(): Result<T> {
    return Result.err<T>(this);
  }

  toString(): string {
    return this.why;
  }
}
