/** `setTimeout` and its kin, by the host's clock: they wait in order, and a replay does not wait. */

import { checkRunning } from "../errors.ts";
import * as clock from "../clock.ts";
import { crash } from "./fail.ts";

interface Timer {
  id: number;
  due: number;
  every: number | undefined;
  run: () => void;
}

/** Timers that have not run, and how they come to run. */
export class Timers {
  readonly #waiting = new Map<number, Timer>();
  readonly #idle: (run: () => void) => void;
  #last = 0;
  /** When the timer is due that is waited for. */
  #until: number | undefined;

  /** `idle` calls a function when there is nothing else to do. */
  constructor(idle: (run: () => void) => void) {
    this.#idle = idle;
  }

  /** Runs a function after some milliseconds, once or again and again. */
  add(run: () => void, ms: number, repeats: boolean): number {
    checkRunning("setTimeout");
    const wait = ms > 0 ? ms : 0;
    const id = ++this.#last;
    this.#waiting.set(id, { id, due: now() + wait, every: repeats ? wait : undefined, run });
    this.#wake();
    return id;
  }

  /** Forgets a timer. */
  remove(id: number): void {
    this.#waiting.delete(id);
  }

  /** Waits for the first timer: while it waits for another only where that is due later. */
  #wake(): void {
    const first = this.#first();
    if (!first || (this.#until !== undefined && this.#until <= first.due)) return;
    this.#until = first.due;
    // What a timer throws nobody waits for: it ends the execution.
    this.#idle(() => void this.#next().catch(crash));
  }

  /** Runs the timer that is due first; of two that are due at once the older one. */
  async #next(): Promise<void> {
    const first = this.#first();
    if (first) {
      const wait = first.due - now();
      if (wait > 0) await clock.sleep(wait);
      this.#runOnce(first);
    }
    this.#until = undefined;
    this.#wake();
  }

  #first(): Timer | undefined {
    return [...this.#waiting.values()].sort((a, b) => a.due - b.due || a.id - b.id)[0];
  }

  /** One that was removed while it was waited for does not run. */
  #runOnce(timer: Timer): void {
    if (!this.#waiting.delete(timer.id)) return;
    if (timer.every !== undefined) {
      this.#waiting.set(timer.id, { ...timer, due: timer.due + timer.every });
    }
    timer.run();
  }
}

function now(): number {
  return Number(clock.monotonic()) / 1e6;
}

type Callback = (...args: unknown[]) => void;

/** Replaces the engine's timers; its own are only asked to call back when nothing else is left. */
export function installTimers(): void {
  const native = globalThis.setTimeout;
  const timers = new Timers((run) => void native(run, 0));
  const add = (repeats: boolean) => (run: Callback, ms = 0, ...args: unknown[]) =>
    timers.add(() => run(...args), ms, repeats);
  const remove = (id: number | undefined) => timers.remove(id ?? 0);
  Object.assign(globalThis, {
    setTimeout: add(false),
    setInterval: add(true),
    clearTimeout: remove,
    clearInterval: remove,
  });
}
