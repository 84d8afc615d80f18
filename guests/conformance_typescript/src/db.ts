/** `/db`: databases. The host is scripted: it answers a statement by its text. */

import { db, type Response } from "@flux-run/sdk";
import { canonical, Canonical, ok, real, Report, sqlNull } from "./canonical.ts";
import { beyondDouble, edgeBytes, edgeText, i64Max, i64Min, largeBytes, largeText } from "./edges.ts";

/** Statements that the host answers with an error; `bare` is one without a detail. */
const failing = [
  "denied",
  "invalid",
  "invalid bare",
  "constraint",
  "constraint bare",
  "conflict",
  "conflict bare",
  "timeout",
  "unavailable",
  edgeText,
];

export async function run(): Promise<Response> {
  const report = new Report();
  await report.ask("db.open", "missing", db.open("missing"), () => ok);
  const main = await db.open("main");
  await queries(report, main);
  await executes(report, main);
  await failures(report, "db", main);
  await transactions(report, main);
  await ends(report, main);
  return report.respond();
}

async function queries(report: Report, main: db.Connection): Promise<void> {
  // `echo` is answered with one row: the parameters.
  for (const params of [edges(), [largeBytes()], [largeText()]]) {
    await report.ask("db.query", "echo", main.query("echo", params), rows);
  }
  for (const sql of ["echo", "nothing", "columns", "empty rows", "rows"]) {
    await report.ask("db.query", sql, main.query(sql), rows);
  }
}

async function executes(report: Report, main: db.Connection): Promise<void> {
  for (const changed of ["0", "1", "9007199254740993", "18446744073709551615"]) {
    const sql = `changed ${changed}`;
    await report.ask("db.execute", sql, main.execute(sql, [edgeText, null]));
  }
}

function edges(): db.Param[] {
  const integers = [0, -1, beyondDouble, -beyondDouble, i64Min, i64Max];
  const reals = [0, -0, 1, 0.1, NaN, Infinity, -Infinity, 5e-324, Number.MAX_VALUE].map(db.real);
  return [null, true, false, ...integers, ...reals, "", "1", edgeText, new Uint8Array(), edgeBytes];
}

async function failures(report: Report, on: string, target: db.Connection | db.Transaction): Promise<void> {
  for (const sql of failing) {
    await report.ask(`${on}.query`, sql, target.query(sql), rows);
    await report.ask(`${on}.execute`, sql, target.execute(sql));
  }
}

/** Committed, undone, two at once, dropped. */
async function transactions(report: Report, main: db.Connection): Promise<void> {
  const tx = await main.begin();
  await report.ask("db.tx.query", "echo", tx.query("echo", [beyondDouble]), rows);
  await report.ask("db.tx.execute", "changed 1", tx.execute("changed 1", [-0]));
  await failures(report, "db.tx", tx);
  await report.ask("db.tx.commit", "", tx.commit(), () => ok);
  await report.ask("db.tx.rollback", "", (await main.begin()).rollback(), () => ok);
  using first = await main.begin();
  const second = await main.begin();
  await report.ask("db.tx.execute", "second", second.execute("changed 2"));
  await report.ask("db.tx.execute", "first", first.execute("changed 1"));
  await report.ask("db.tx.commit", "second", second.commit(), () => ok);
}

/** What cannot be begun or ended. `doom` decides how the host answers the end of its transaction. */
async function ends(report: Report, main: db.Connection): Promise<void> {
  const refusing = await db.open("refusing");
  await report.ask("db.begin", "refusing", refusing.begin(), () => ok);
  for (const doom of ["doom conflict", "doom timeout"]) {
    const tx = await main.begin();
    await report.ask("db.tx.execute", doom, tx.execute(doom));
    await report.ask("db.tx.commit", doom, tx.commit(), () => ok);
  }
  const tx = await main.begin();
  await report.ask("db.tx.execute", "doom unavailable", tx.execute("doom unavailable"));
  await report.ask("db.tx.rollback", "doom unavailable", tx.rollback(), () => ok);
}

function rows(found: db.Rows): Canonical {
  const values = Array.from(found, (row) => row.values.map(value));
  return new Canonical(`${canonical(found.columns)} ${canonical(values)}`);
}

function value(it: db.Value): unknown {
  if (it === null) return sqlNull;
  return typeof it === "number" ? real(it) : it;
}
