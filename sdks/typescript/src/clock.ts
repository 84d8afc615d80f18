/** The host's clock. A replay reads the recorded times, and its sleeps take none. */

import { checkRunning } from "./errors.ts";
import { clock as host } from "#host";

/** The most that the contract can say, 49 days. */
const longest = 0xffff_ffff;

/** A point in time, UTC. */
export class DateTime {
  /** Whole seconds since the Unix epoch. */
  readonly seconds: bigint;
  /** What lies between two seconds, below 1,000,000,000. */
  readonly nanoseconds: number;

  constructor(seconds: bigint, nanoseconds: number) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }

  /** Milliseconds since the Unix epoch; what is below them is cut off. */
  get unixMillis(): number {
    return Number(this.seconds) * 1000 + Math.floor(this.nanoseconds / 1_000_000);
  }

  /** RFC 3339 in UTC with milliseconds, such as `2026-11-21T06:18:00.123Z`: the form of every Flux SDK. */
  toRfc3339(): string {
    return this.toDate().toISOString();
  }

  /** As JavaScript's own date. */
  toDate(): Date {
    return new Date(this.unixMillis);
  }

  /** As {@link toRfc3339}. */
  toString(): string {
    return this.toRfc3339();
  }

  /** As {@link toRfc3339}. */
  toJSON(): string {
    return this.toRfc3339();
  }
}

/** The time now. */
export function now(): DateTime {
  checkRunning("clock.now");
  const { seconds, nanoseconds } = host.now();
  return new DateTime(seconds, nanoseconds);
}

/** Nanoseconds since this execution began. Never goes back. */
export function monotonic(): bigint {
  checkRunning("clock.monotonic");
  return host.monotonic();
}

/** Waits, in whole milliseconds rounded up, at most 49 days. */
export async function sleep(ms: number): Promise<void> {
  checkRunning("clock.sleep");
  await host.sleep(Math.min(Math.max(Math.ceil(ms), 0), longest));
}
