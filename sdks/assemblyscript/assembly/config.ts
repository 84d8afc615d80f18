/** The values that `flux.toml` gives to the guest. */
import * as host from "./generated/config";
import { Fault, Result } from "./result";

/** A required value is not set. */
export class Missing extends Fault {
  constructor(
    /** The section of `flux.toml`: `config` or `secrets`. */
    readonly section: string,
    /** The key that is not there. */
    readonly key: string,
  ) {
    super();
  }

  toString(): string {
    return `\`${this.key}\` is not set in [${this.section}] of flux.toml`;
  }
}

/** A value of `[config]`; null if it is not set, which is not the same as empty. */
export function get(key: string): string | null {
  return host.get(key);
}

/** A value of `[config]` that the guest cannot do without. */
export function require(key: string): Result<string, Missing> {
  return present(get(key), "config", key);
}

/** A value of `[secrets]`. It is never written to a journal. */
export function secret(name: string): string | null {
  return host.secret(name);
}

/** A secret that the guest cannot do without. */
export function requireSecret(name: string): Result<string, Missing> {
  return present(secret(name), "secrets", name);
}

function present(value: string | null, section: string, key: string): Result<string, Missing> {
  if (value === null) return Result.err<string, Missing>(new Missing(section, key));
  return Result.ok<string, Missing>(value);
}
