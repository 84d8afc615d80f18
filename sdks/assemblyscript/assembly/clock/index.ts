/** The host's clock. A replay reads the recorded times, and its sleeps take none. */
import * as host from "../generated/clock";
import { Datetime } from "./datetime";

export { Datetime } from "./datetime";

/** The time now. */
export function now(): Datetime {
  return host.now();
}

/** Nanoseconds since this execution began. Never goes back. */
export function monotonic(): u64 {
  return host.monotonic();
}

/** Waits for so many milliseconds. */
export function sleep(millis: u32): void {
  host.sleep(millis);
}
