/** The end of a guest that threw what is no error of this SDK: a bug. */

import { stderr } from "#host";
import { stackOf } from "./stack.ts";

/** What the bindings and the engine let through without a word, for all is said. */
const end = {
  toSource: () => "",
  /** The bindings of a function that may fail ask whether this is its error. */
  get payload(): never {
    throw end;
  },
};

/** Writes what was thrown to stderr, with its place in the user's source, and ends the execution. */
export function fail(error: unknown): never {
  if (error !== end) stderr([titleOf(error), ...stackOf(error)].join("\n"));
  throw end;
}

let rejectCrashed: (error: unknown) => void;

/** Rejects when {@link crash} is called. */
export const crashed = new Promise<never>((_, reject) => {
  rejectCrashed = reject;
});
// Without a handler that waits, as in a test, there is nothing to end.
crashed.catch(() => {});

/** As {@link fail}, for what was thrown where nobody waits for it. */
export function crash(error: unknown): void {
  try {
    fail(error);
  } catch (ended) {
    rejectCrashed(ended);
  }
}

function titleOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return `Uncaught ${typeof error === "string" ? error : describe(error)}`;
  }
  const cause = error.cause === undefined ? "" : ` (caused by ${titleOf(error.cause)})`;
  return `${error.name}: ${error.message}${cause}`;
}

function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
