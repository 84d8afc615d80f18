/** `/db`: databases. The host is scripted: it answers a statement by its text. */
import { Done, Result, db, done, http, ok } from "@flux-run/assemblyscript";
import { Report } from "./canonical";
import { BEYOND_DOUBLE, BYTES, EMPTY, TEXT, largeBytes, largeText } from "./edges";

/** Statements that the host answers with an error; `bare` is one without a detail. */
const FAILING = [
  "denied",
  "invalid",
  "invalid bare",
  "constraint",
  "constraint bare",
  "conflict",
  "conflict bare",
  "timeout",
  "unavailable",
  TEXT,
];

export function run(): Result<http.Response> {
  const report = new Report();
  report.opened("db.open", "missing", db.Connection.open("missing"));
  const opened = db.Connection.open("main");
  if (opened.failed) return opened.pass<http.Response>();
  const connection = opened.value;
  queries(report, connection);
  executes(report, connection);
  for (let index = 0; index < FAILING.length; ++index) {
    report.result("db.query", FAILING[index], connection.query(FAILING[index], []));
    report.result("db.execute", FAILING[index], connection.execute(FAILING[index], []));
  }
  const transacted = transactions(report, connection);
  if (transacted.failed) return transacted.pass<http.Response>();
  const ended = ends(report, connection);
  if (ended.failed) return ended.pass<http.Response>();
  return ok(report.respond());
}

/** `echo` is answered with one row: the parameters. */
function queries(report: Report, connection: db.Connection): void {
  report.result("db.query", "echo", connection.query("echo", edges()));
  report.result("db.query", "echo", connection.query("echo", [db.value(largeBytes())]));
  report.result("db.query", "echo", connection.query("echo", [db.value(largeText())]));
  const statements = ["echo", "nothing", "columns", "empty rows", "rows"];
  for (let index = 0; index < statements.length; ++index) {
    report.result("db.query", statements[index], connection.query(statements[index], []));
  }
}

function executes(report: Report, connection: db.Connection): void {
  const counts = ["0", "1", "9007199254740993", "18446744073709551615"];
  for (let index = 0; index < counts.length; ++index) {
    const sql = `changed ${counts[index]}`;
    report.result("db.execute", sql, connection.execute(sql, [db.value(TEXT), db.Value.null()]));
  }
}

function edges(): Array<db.Value> {
  const values = [db.Value.null(), db.value(true), db.value(false)];
  const integers: Array<i64> = [0, -1, BEYOND_DOUBLE, -BEYOND_DOUBLE, i64.MIN_VALUE, i64.MAX_VALUE];
  for (let index = 0; index < integers.length; ++index) values.push(db.value(integers[index]));
  const reals: Array<f64> = [0.0, -0.0, 1.0, 0.1, NaN, Infinity, -Infinity, 5e-324, f64.MAX_VALUE];
  for (let index = 0; index < reals.length; ++index) values.push(db.value(reals[index]));
  values.push(db.value(""));
  values.push(db.value("1"));
  values.push(db.value(TEXT));
  values.push(db.value(EMPTY));
  values.push(db.value(BYTES));
  return values;
}

/** Committed, undone, two at once, dropped. */
function transactions(report: Report, connection: db.Connection): Result<Done> {
  const begun = connection.begin();
  if (begun.failed) return begun.pass<Done>();
  const tx = begun.value;
  report.result("db.tx.query", "echo", tx.query("echo", [db.value(BEYOND_DOUBLE)]));
  report.result("db.tx.execute", "changed 1", tx.execute("changed 1", [db.value(-0.0)]));
  for (let index = 0; index < FAILING.length; ++index) {
    report.result("db.tx.query", FAILING[index], tx.query(FAILING[index], []));
    report.result("db.tx.execute", FAILING[index], tx.execute(FAILING[index], []));
  }
  report.result("db.tx.commit", "", db.Transaction.commit(tx));
  const undone = connection.begin();
  if (undone.failed) return undone.pass<Done>();
  report.result("db.tx.rollback", "", db.Transaction.rollback(undone.value));
  const first = connection.begin();
  if (first.failed) return first.pass<Done>();
  const second = connection.begin();
  if (second.failed) return second.pass<Done>();
  report.result("db.tx.execute", "second", second.value.execute("changed 2", []));
  report.result("db.tx.execute", "first", first.value.execute("changed 1", []));
  report.result("db.tx.commit", "second", db.Transaction.commit(second.value));
  first.value.drop();
  return done();
}

/** What cannot be begun or ended. `doom` decides how the host answers the end of its transaction. */
function ends(report: Report, connection: db.Connection): Result<Done> {
  const refusing = db.Connection.open("refusing");
  if (refusing.failed) return refusing.pass<Done>();
  report.opened("db.begin", "refusing", refusing.value.begin());
  const dooms = ["doom conflict", "doom timeout"];
  for (let index = 0; index < dooms.length; ++index) {
    const begun = connection.begin();
    if (begun.failed) return begun.pass<Done>();
    report.result("db.tx.execute", dooms[index], begun.value.execute(dooms[index], []));
    report.result("db.tx.commit", dooms[index], db.Transaction.commit(begun.value));
  }
  const begun = connection.begin();
  if (begun.failed) return begun.pass<Done>();
  report.result("db.tx.execute", "doom unavailable", begun.value.execute("doom unavailable", []));
  report.result("db.tx.rollback", "doom unavailable", db.Transaction.rollback(begun.value));
  return done();
}
