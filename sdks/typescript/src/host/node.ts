/**
 * The host of a unit test in Node.js: log, clock and random work, everything else is what the test
 * gives with {@link useHost}.
 *
 * ```ts
 * import { useHost } from "@flux-run/sdk/testing";
 *
 * useHost({ queue: { send: () => "job-1" } });
 * ```
 */

import { webcrypto } from "node:crypto";
import type {
  ClockHost,
  ConfigHost,
  DbHost,
  FetchHost,
  KvHost,
  LogHost,
  QueueHost,
  RandomHost,
} from "./contract.ts";

export type * from "./contract.ts";

/** The interfaces of the host. */
export interface Host {
  db: DbHost;
  kv: KvHost;
  queue: QueueHost;
  fetch: FetchHost;
  log: LogHost;
  clock: ClockHost;
  random: RandomHost;
  config: ConfigHost;
}

const milliseconds = 1_000_000n;
let given: Partial<Host> = {};

/** Gives the interfaces that the code under test calls; those given before are forgotten. */
export function useHost(host: Partial<Host>): void {
  given = host;
}

/** Each call looks for what is given at that time. */
function part<K extends keyof Host>(name: K, fallback?: Host[K]): Host[K] {
  const missing = (member: string): never => {
    throw new Error(
      `${name}.${member} needs the Flux host: run the guest with \`flux run\`, ` +
        `or give the test one with useHost({ ${name}: ... }) of @flux-run/sdk/testing`,
    );
  };
  const members = fallback ?? ({} as Host[K]);
  return new Proxy(members, {
    get(_, member) {
      const interfaces = (given[name] ?? members) as unknown as Record<PropertyKey, unknown>;
      return interfaces[member] ?? (typeof member === "string" && refusing(member, missing));
    },
  });
}

/** A function that refuses, and has functions that do: a resource's name is a member too. */
function refusing(member: string, missing: (member: string) => never): unknown {
  return new Proxy(() => {}, {
    apply: () => missing(member),
    get: (_, inner) => () => missing(`${member}.${String(inner)}`),
  });
}

export const db = part("db");
export const kv = part("kv");
export const queue = part("queue");
export const fetch = part("fetch");
export const config = part("config");

export const log = part("log", {
  write(level, message, fields) {
    const text = fields.map(([name, value]) => ` ${name}=${value}`).join("");
    process.stderr.write(`${level} ${message}${text}\n`);
  },
});

export const clock = part("clock", {
  now() {
    const now = BigInt(Date.now());
    return { seconds: now / 1000n, nanoseconds: Number((now % 1000n) * milliseconds) };
  },
  monotonic: () => process.hrtime.bigint(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

export const random = part("random", {
  bytes: (len) => webcrypto.getRandomValues(new Uint8Array(len)),
});

/** Writes lines to stderr. */
export function stderr(text: string): void {
  process.stderr.write(`${text}\n`);
}
