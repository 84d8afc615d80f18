/** The host of a component: its imports. The only module that names them; see `contract.ts`. */

/// <reference path="./bindings.d.ts" />

export * as db from "flux:host/db@0.1.0";
export * as kv from "flux:host/kv@0.1.0";
export * as queue from "flux:host/queue@0.1.0";
export * as fetch from "flux:host/fetch@0.1.0";
export * as log from "flux:host/log@0.1.0";
export * as clock from "flux:host/clock@0.1.0";
export * as random from "flux:host/random@0.1.0";
export * as config from "flux:host/config@0.1.0";

// The engine's own console, before the runtime replaces it.
const { error } = console;

/** Writes lines to stderr. */
export function stderr(text: string): void {
  error(text);
}
