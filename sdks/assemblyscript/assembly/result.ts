/** Results. AssemblyScript has no exceptions that can be caught, so a call that can fail returns one. */

/** Why there is no result. Every error of the SDK is one; a guest may have its own. */
// The compiler looks for the default of `Result`'s second type where `Result` is used.
// @ts-ignore: decorator
@global
export abstract class Fault {
  /** What happened, for a log: the causes follow after colons. */
  abstract toString(): string;
}

/** What stands for no value: the result of a call that returns nothing. */
export class Done {
  /** The only one. */
  static readonly it: Done = new Done();
}

/** A value of a type that cannot be null, where one may be absent. */
export class Some<T> {
  constructor(
    /** The value. */
    public value: T,
  ) {}
}

/**
 * A value or an error.
 *
 * ```ts
 * const found = bucket.get("key");
 * if (found.failed) return found.pass<Response>();
 * const entry = found.value;
 * ```
 */
export class Result<T, E = Fault> {
  private constructor(
    /** Whether there is an error instead of a value. */
    readonly failed: bool,
    private _value: T,
    private _error: E,
  ) {}

  /** A result with a value. */
  static ok<T, E = Fault>(value: T): Result<T, E> {
    return new Result<T, E>(false, value, unset<E>());
  }

  /** A result with an error. */
  static err<T, E = Fault>(error: E): Result<T, E> {
    return new Result<T, E>(true, unset<T>(), error);
  }

  /** The value. To ask for it where there is an error is a bug, and ends the execution. */
  get value(): T {
    if (this.failed) throw new Error(this.describe());
    return this._value;
  }

  /** The error. To ask for it where there is a value is a bug, and ends the execution. */
  get error(): E {
    assert(this.failed, "there is a value, and no error");
    return this._error;
  }

  /** The value, or another one where there is an error. */
  or(other: T): T {
    return this.failed ? other : this._value;
  }

  /** The same error as a result of the function that cannot go on without the value. */
  pass<U>(): Result<U> {
    return Result.err<U>(this.error);
  }

  private describe(): string {
    const error = this._error;
    if (isReference<E>()) {
      if (error instanceof Fault) return `there is no value: ${(error as Fault).toString()}`;
    }
    return "there is no value";
  }
}

/** What a field holds that nobody may read. */
function unset<T>(): T {
  if (isReference<T>()) return changetype<T>(0);
  // @ts-ignore: a number here
  return <T>0;
}

/** A result with a value: the last line of a function. */
export function ok<T>(value: T): Result<T> {
  return Result.ok<T>(value);
}

/** A result of nothing: all went well. */
export function done(): Result<Done> {
  return Result.ok<Done>(Done.it);
}

/** A result with an error. */
export function fail<T>(fault: Fault): Result<T> {
  return Result.err<T>(fault);
}
