/** Names and values in the order that they came in. */

import type { RawPairs } from "./host/contract.ts";

/** What pairs can be made of: a record, or pairs, in which a name may occur more than once. */
export type PairsInit = Record<string, string> | Iterable<readonly [string, string]>;

/** Pairs of texts: a name may occur more than once, and the order is kept. */
export class Pairs implements Iterable<[string, string]> {
  /** The pairs themselves. */
  protected readonly list: RawPairs;

  constructor(init?: PairsInit) {
    if (init === undefined) {
      this.list = [];
    } else if (Symbol.iterator in init) {
      this.list = Array.from(init as Iterable<readonly [string, string]>, ([name, value]) => [name, value]);
    } else {
      this.list = Object.entries(init as Record<string, string>);
    }
  }

  /** The first value of this name; `undefined` if there is none, which is not the same as empty. */
  get(name: string): string | undefined {
    const key = this.key(name);
    return this.list.find(([it]) => this.key(it) === key)?.[1];
  }

  /** All values of this name. */
  getAll(name: string): string[] {
    const key = this.key(name);
    return this.list.filter(([it]) => this.key(it) === key).map(([, value]) => value);
  }

  /** Whether there is a value of this name. */
  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** How many pairs there are. */
  get size(): number {
    return this.list.length;
  }

  /** The pairs, in their order. */
  entries(): IterableIterator<[string, string]> {
    return this.list.values();
  }

  /** The names, in their order; one that occurs twice is there twice. */
  *keys(): IterableIterator<string> {
    for (const [name] of this.list) yield name;
  }

  /** The values, in their order. */
  *values(): IterableIterator<string> {
    for (const [, value] of this.list) yield value;
  }

  /** Calls a function with each value and its name. */
  forEach(run: (value: string, name: string) => void): void {
    for (const [name, value] of this.list) run(value, name);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  /** What a name is compared by. */
  protected key(name: string): string {
    return name;
  }
}
