/** The errors of host calls: one class for each interface, told apart by `code`. */

import type { Awaitable, RawError } from "./host/contract.ts";

/**
 * An error that is no bug of the guest. One that a handler lets through becomes a 500 whose text goes
 * to the log and not to the client, or a retry of the job.
 */
export abstract class FluxError<Code extends string = string> extends Error {
  /** The name of the case in the contract, such as `too-large`. */
  readonly code: Code;

  /** What was being done, outermost; set where a helper of this SDK made the call. */
  context?: string;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** Why a call of `kv`, `queue` or `fetch` failed, with what the host said. */
export abstract class CallError<Code extends string> extends FluxError<Code> {
  /** The host's words; `undefined` for a case that has none. */
  readonly reason: string | undefined;

  constructor(code: Code, message: string, reason: string | undefined) {
    super(code, message);
    this.reason = reason;
  }
}

/** A value does not fit the type, or cannot be written as JSON. */
export class JsonError extends FluxError<"json"> {
  constructor(cause: unknown) {
    super("json", "the value and its JSON do not match", { cause });
  }
}

/** An error and its causes on one line, outermost first. */
export function chain(error: unknown): string {
  const texts: string[] = [];
  for (let it = error; it !== undefined; it = it instanceof Error ? it.cause : undefined) {
    if (it instanceof FluxError && it.context !== undefined) {
      texts.push(it.context);
    }
    texts.push(it instanceof Error ? it.message : String(it));
  }
  return texts.join(": ");
}

let isRunning = false;

/** Handlers run from now on: before, while the guest starts at build time, there is no host. */
export function begin(): void {
  isRunning = true;
}

/** Whether the guest starts up. */
export function isStarting(): boolean {
  return !isRunning && "__fluxComponent" in globalThis;
}

/** Refuses a call of the host that would be made once, at build time, and never again. */
export function checkRunning(what: string): void {
  if (isStarting()) {
    throw new Error(
      `${what} was called while the guest starts up, which happens when it is built: call it in a handler`,
    );
  }
}

/** Makes a call of the host, and its error one of this SDK. */
export async function call<T>(
  what: string,
  run: () => Awaitable<T>,
  wrap: (error: RawError) => FluxError,
): Promise<T> {
  checkRunning(what);
  try {
    return await run();
  } catch (error) {
    throw refused(error, wrap);
  }
}

/** What was thrown, as an error of this SDK if the host said it. */
function refused(error: unknown, wrap: (error: RawError) => FluxError): unknown {
  const payload = (error as { payload?: unknown } | null)?.payload;
  return typeof payload === "object" && payload !== null ? wrap(payload as RawError) : error;
}

/** Waits for a call that a helper of this SDK makes beside its work with JSON: its error says so. */
export async function withContext<T>(made: Promise<T>): Promise<T> {
  try {
    return await made;
  } catch (error) {
    if (error instanceof FluxError) error.context = "the call failed";
    throw error;
  }
}

/** The text of an error's case that carries one. */
export function reasonOf(error: RawError): string | undefined {
  return typeof error.val === "string" ? error.val : undefined;
}
