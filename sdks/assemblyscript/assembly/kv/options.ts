import { Condition } from "../generated/kv";
import { Some } from "../result";

/** How a value is set. */
export class SetOptions {
  constructor(
    /** Milliseconds until the value is gone; null: it stays. */
    public ttlMs: Some<u64> | null = null,
    /** When the set may happen; null: always. */
    public onlyIf: Condition | null = null,
  ) {}

  /** The value is gone after so many milliseconds. */
  ttl(millis: u64): SetOptions {
    this.ttlMs = new Some<u64>(millis);
    return this;
  }

  /** Only if the key has no value. */
  ifAbsent(): SetOptions {
    this.onlyIf = Condition.absent();
    return this;
  }

  /** Only if the value still has this version. */
  ifVersion(version: string): SetOptions {
    this.onlyIf = Condition.version(version);
    return this;
  }
}
