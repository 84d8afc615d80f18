/** `Date` and `performance`, by the host's clock. */

import * as clock from "../clock.ts";

/** Makes `Date` and `performance` ask the host. */
export function installTime(): void {
  const Native = Date;
  const now = () => clock.now().unixMillis;
  Native.now = now;
  globalThis.Date = new Proxy(Native, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    apply: () => new Native(now()).toString(),
  });
  Native.prototype.constructor = globalThis.Date;
  const elapsed = () => Number(clock.monotonic()) / 1e6;
  Object.defineProperty(performance, "now", { value: elapsed, configurable: true });
  // The engine's own is the time of the build.
  Object.defineProperty(performance, "timeOrigin", { get: () => now() - elapsed(), configurable: true });
}
