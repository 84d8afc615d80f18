/** The host of a guest on V8: what the engine gives. It has the same form; see `contract.ts`. */

import type { Host } from "./node.ts";

/** The engine's. It is there before the guest. */
declare const __fluxHost: Host & { stderr(text: string): void };

export const { db, kv, queue, fetch, log, clock, random, config, stderr } = __fluxHost;
