/** The values that `flux.toml` gives to the guest. */

import { checkRunning, FluxError } from "./errors.ts";
import { config as host } from "#host";

/** A required value is not set. */
export class MissingError extends FluxError<"missing"> {
  /** The section of `flux.toml`. */
  readonly section: "config" | "secrets";
  /** The key that is not there. */
  readonly key: string;

  constructor(section: "config" | "secrets", key: string) {
    super("missing", `\`${key}\` is not set in [${section}] of flux.toml`);
    this.section = section;
    this.key = key;
  }
}

/** A value of `[config]`; `undefined` if it is not set, which is not the same as empty. */
export function get(key: string): string | undefined {
  checkRunning("config.get");
  return host.get(key);
}

/** A value of `[config]` that the guest cannot do without. */
export function require(key: string): string {
  const value = get(key);
  if (value === undefined) throw new MissingError("config", key);
  return value;
}

/** A value of `[secrets]`. It is never written to a journal. */
export function secret(name: string): string | undefined {
  checkRunning("config.secret");
  return host.secret(name);
}

/** A secret that the guest cannot do without. */
export function requireSecret(name: string): string {
  const value = secret(name);
  if (value === undefined) throw new MissingError("secrets", name);
  return value;
}
