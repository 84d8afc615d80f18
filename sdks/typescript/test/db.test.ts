import assert from "node:assert/strict";
import { test } from "node:test";
import { db } from "../src/index.ts";
import { useHost } from "../src/host/node.ts";
import type { RawConnection, RawTransaction, RawValue } from "../src/host/contract.ts";

/** A database that answers with the parameters, and notes what becomes of transactions. */
function echo(ends: string[]): RawConnection {
  const query = (_: string, params: RawValue[]) => ({ columns: params.map((_, at) => `c${at}`), rows: [params] });
  const tx: RawTransaction = { query, execute: () => 1n, [Symbol.dispose]: () => void ends.push("dropped") };
  useHost({
    db: {
      Connection: { open: () => main },
      Transaction: { commit: () => void ends.push("committed"), rollback: () => void ends.push("rolled back") },
    },
  });
  const main = { query, execute: () => 2n ** 64n - 1n, begin: () => tx };
  return main;
}

async function open(ends: string[] = []): Promise<db.Connection> {
  echo(ends);
  return db.open("main");
}

test("values come back as they went", async () => {
  const values = [null, true, 2n ** 63n - 1n, -(2n ** 63n), 0.1, "", "é", new Uint8Array(), Uint8Array.of(255)];
  const rows = await (await open()).query("echo", values);
  assert.deepEqual(rows.first()?.values, values);
});

test("a number is an integer if it is a safe one, and real() says that it is none", async () => {
  const params = [1, -1, 2 ** 53, -0, NaN, db.real(1)];
  const rows = await (await open()).query("echo", params);
  assert.deepEqual(rows.first()?.values, [1n, -1n, 2 ** 53, -0, NaN, 1]);
});

test("undefined and objects are no values", async () => {
  const main = await open();
  for (const wrong of [undefined, {}, new Date(0)]) {
    await assert.rejects(main.query("echo", [wrong as never]), /is no SQL value/);
  }
});

test("columns are read by name, and an error names the column", async () => {
  const row = (await (await open()).query("echo", [7n, null, 2n ** 60n])).first()!;
  assert.equal(row.get("c0", db.integer), 7);
  assert.equal(row.get("c0", db.bigint), 7n);
  assert.equal(row.get("c1", db.nullable(db.text)), null);
  assert.equal(row.get("c2", db.bigint), 2n ** 60n);
  assert.throws(() => row.get("c2", db.integer), { message: "column `c2` should be an integer within 53 bits, and is an integer" });
  assert.throws(() => row.get("c1", db.text), { code: "wrong-type", message: "column `c1` should be text, and is null" });
  assert.throws(() => row.get("c9", db.text), { code: "no-column", message: "the query returned no column `c9`" });
});

test("a number of changed rows is exact", async () => {
  assert.equal(await (await open()).execute("changed"), 2n ** 64n - 1n);
});

test("a transaction is committed if its function returns, and undone if it throws", async () => {
  const ends: string[] = [];
  const main = await open(ends);
  assert.equal(await main.transaction((tx) => tx.execute("one")), 1n);
  await assert.rejects(main.transaction(() => Promise.reject(new Error("no"))), /no/);
  assert.deepEqual(ends, ["committed", "rolled back"]);
});

test("a transaction that has ended is not ended again", async () => {
  const ends: string[] = [];
  const main = await open(ends);
  const committed = await main.begin();
  await committed.commit();
  committed[Symbol.dispose]();
  await assert.rejects(committed.execute("late"), /the transaction has ended/);
  const dropped = await main.begin();
  dropped[Symbol.dispose]();
  dropped[Symbol.dispose]();
  assert.deepEqual(ends, ["committed", "dropped"]);
});
