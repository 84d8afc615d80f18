import { Fault, Result, db } from "../index";
import { equal } from "./expect";

class User {
  constructor(
    readonly id: u32,
    readonly name: string | null,
  ) {}

  static of(row: db.Row): Result<User> {
    return row.decoded(new User(row.get<u32>("id"), row.get<string | null>("name")));
  }
}

function rows(id: db.Value, name: db.Value): db.Rows {
  return new db.Rows(["id", "name"], [[id, name]]);
}

function fault(row: db.Row): string | null {
  const decoded = row.decoded<bool>(true);
  return decoded.failed ? decoded.error.toString() : null;
}

export function rowsBecomeTheGuestsOwnType(): void {
  const users = rows(db.value(7), db.value<string | null>(null)).decode<User>(User.of).value;
  assert(users.length == 1 && users[0].id == 7 && users[0].name === null);
  const none = new db.Rows(["id", "name"], []).decodeFirst<User>(User.of);
  assert(none.value === null);
}

export function anErrorNamesTheColumn(): void {
  const wrong = rows(db.value("7"), db.value("Ada")).decodeFirst<User>(User.of);
  equal(wrong.error.toString(), "column `id` should be an integer that fits u32, and is text");
  const row = new db.Rows(["other"], [[db.value(true)]]).row(0);
  assert(row.get<i64>("id") == 0 && row.get<string>("name") == "" && row.get<Uint8Array>("photo").length == 0);
  equal(fault(row), "the query returned no column `id`");
}

export function nullIsOnlyWhatMayBeNull(): void {
  const row = rows(db.Value.null(), db.Value.null()).row(0);
  assert(row.isNull("id") && !row.isNull("none"));
  assert(row.get<string | null>("name") === null && row.get<Uint8Array | null>("name") === null);
  equal(fault(row), null);
  row.get<string>("name");
  equal(fault(row), "column `name` should be text, and is null");
}

export function aNumberThatDoesNotFitIsRefused(): void {
  const row = rows(db.value<i64>(-1), db.value<i64>(i64.MAX_VALUE)).row(0);
  assert(row.get<i8>("id") == -1 && row.get<i64>("name") == i64.MAX_VALUE && row.get<f64>("id") == -1);
  equal(fault(row), null);
  row.get<u64>("id");
  equal(fault(row), "column `id` should be an integer that fits u64, and is an integer");
}

export function integersOfSqliteAreBooleans(): void {
  const row = rows(db.value(1), db.value(2)).row(0);
  assert(row.get<bool>("id"));
  equal(fault(row), null);
  row.get<bool>("name");
  equal(fault(row), "column `name` should be a boolean, and is an integer");
}

export function valuesAreOfTheirTypes(): void {
  assert(db.value<bool>(true).kind == db.ValueKind.Boolean);
  assert(db.value<u8>(255).integer == 255);
  assert(db.value<f32>(1.5).real == 1.5);
  assert(db.value("é").text == "é");
  assert(db.value(new Uint8Array(2)).bytes.length == 2);
  assert(db.value<Uint8Array | null>(null).isNull);
}

export function errorsSayWhatTheDatabaseSaid(): void {
  const error = db.Error.constraint(new db.Failure("UNIQUE constraint failed", "orders_pkey"));
  equal(error.code, "constraint");
  equal(error.detail, "orders_pkey");
  equal((error as Fault).toString(), "a constraint failed: UNIQUE constraint failed");
  equal(db.Error.timeout().toString(), "the statement ran too long");
}
