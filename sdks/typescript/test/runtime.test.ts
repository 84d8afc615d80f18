import assert from "node:assert/strict";
import { test } from "node:test";
import { useHost } from "../src/host/node.ts";
import { inspect } from "../src/runtime/console.ts";
import { generator, getRandomValues } from "../src/runtime/random.ts";
import { SourceMap } from "../src/runtime/source-map.ts";
import { stackOf } from "../src/runtime/stack.ts";
import { Timers } from "../src/runtime/timers.ts";

/** Of two lines: the first has two segments, the second goes back to the first source. */
const map = new SourceMap(
  JSON.stringify({ version: 3, sources: ["a.ts", "b.ts"], names: [], mappings: "AAAA,IACC,UCgBA;ADhBD" }),
);

test("a place of the bundle is found in its source", () => {
  assert.deepEqual(map.place(1, 1), { file: "a.ts", line: 1, column: 1 });
  assert.deepEqual(map.place(1, 5), { file: "a.ts", line: 2, column: 2 });
  assert.deepEqual(map.place(1, 14), { file: "a.ts", line: 2, column: 2 });
  assert.deepEqual(map.place(1, 99), { file: "b.ts", line: 18, column: 2 });
  assert.deepEqual(map.place(2, 1), { file: "a.ts", line: 2, column: 1 });
  assert.equal(map.place(3, 1), undefined);
});

test("the stacks of both engines have one form, without what is not the user's", () => {
  const spiderMonkey = "get@src/a.ts:3:5\nasync*handle/<@src/b.ts:1:2\n@src/c.ts:9:9\nrun@/initializer.js:7:7\n";
  const v8 = "Error: no\n    at get (src/a.ts:3:5)\n    at async handle (src/b.ts:1:2)\n    at src/c.ts:9:9\n    at node:internal:1:1";
  for (const stack of [spiderMonkey, v8]) {
    const error = Object.assign(new Error("no"), { stack });
    assert.deepEqual(stackOf(error), [
      "    at get (src/a.ts:3:5)",
      "    at handle (src/b.ts:1:2)",
      "    at src/c.ts:9:9",
    ]);
  }
  assert.deepEqual(stackOf("no error"), []);
});

test("one seed gives one sequence of numbers from 0 to 1", () => {
  let draws = 0;
  const seed = () => Uint8Array.from({ length: 16 }, (_, at) => at + draws++);
  const [one, two] = [generator(seed), generator(() => Uint8Array.from({ length: 16 }, (_, at) => 2 * at))];
  const numbers = Array.from({ length: 1000 }, one);
  assert.equal(draws, 16, "it is seeded once, when the first number is drawn");
  assert.deepEqual(numbers, Array.from({ length: 1000 }, two));
  assert.ok(numbers.every((it) => it >= 0 && it < 1));
  assert.equal(new Set(numbers).size, 1000);
});

test("timers run in the order they are due, and wait by the host's clock", async () => {
  let now = 0n;
  const slept: number[] = [];
  const sleep = (ms: number) => {
    slept.push(ms);
    now += BigInt(ms) * 1_000_000n;
  };
  useHost({ clock: { now: () => ({ seconds: 0n, nanoseconds: 0 }), monotonic: () => now, sleep } });
  const ran: string[] = [];
  const timers = new Timers(setImmediate);
  await new Promise<void>((resolve) => {
    timers.add(resolve, 50, false);
    timers.add(() => ran.push("late"), 30, false);
    timers.add(() => ran.push("early"), 10, false);
    timers.remove(timers.add(() => ran.push("never"), 20, false));
  });
  assert.deepEqual([ran, slept], [["early", "late"], [10, 20, 20]]);
});

test("values are written as people read them", () => {
  assert.equal(inspect("a"), "a");
  const value = { a: [1, "b", 2n], m: new Map([["k", null]]), deep: { er: { est: { a: 1 } } } };
  assert.equal(inspect(value), '{ a: [1, "b", 2n], m: { k: null }, deep: { er: { est: {…} } } }');
});

test("getRandomValues has the limits of the web's standard", () => {
  let asked = 0;
  useHost({ random: { bytes: (length) => ((asked += length), new Uint8Array(length).fill(7)) } });
  const full = new Uint8Array(65_536);
  assert.equal(getRandomValues(full), full);
  assert.ok(full.every((byte) => byte === 7));
  assert.deepEqual(getRandomValues(new Int16Array(1)), new Int16Array([0x0707]));
  assert.throws(() => getRandomValues(new Uint8Array(65_537)), { name: "QuotaExceededError" });
  assert.throws(() => getRandomValues(new BigUint64Array(8_193)), { name: "QuotaExceededError" });
  assert.throws(() => getRandomValues(new Float64Array(1)), { name: "TypeMismatchError" });
  assert.throws(() => getRandomValues(new DataView(new ArrayBuffer(1))), { name: "TypeMismatchError" });
  assert.equal(asked, 65_538);
});
