/** The table `orders`. */
import { Done, Result, db, done, json } from "@flux-run/assemblyscript";

/** An order, in the order its fields are written. */
export class Order implements json.ToJson {
  constructor(
    public id: string,
    public sku: string,
    public quantity: i64,
    public email: string,
    public amountCents: i64,
    public status: string,
    public createdAt: string,
  ) {}

  static of(row: db.Row): Result<Order> {
    const order = new Order(
      row.get<string>("id"),
      row.get<string>("sku"),
      row.get<i64>("quantity"),
      row.get<string>("email"),
      row.get<i64>("amount_cents"),
      row.get<string>("status"),
      row.get<string>("created_at"),
    );
    return row.decoded(order);
  }

  toJson(writer: json.Writer): void {
    writer.object().field("id", this.id).field("sku", this.sku).field("quantity", this.quantity);
    writer.field("email", this.email).field("amount_cents", this.amountCents);
    writer.field("status", this.status).field("created_at", this.createdAt).end();
  }
}

const INSERT =
  "INSERT INTO orders (id, sku, quantity, email, amount_cents, status, created_at) " +
  "VALUES ($1, $2, $3, $4, $5, $6, $7)";
const BY_ID =
  "SELECT id, sku, quantity, email, amount_cents, status, created_at FROM orders WHERE id = $1";
const AFTER =
  "SELECT id, sku, quantity, email, amount_cents, status, created_at " +
  "FROM orders WHERE id > $1 ORDER BY id LIMIT $2";
const MAILED = "UPDATE orders SET status = 'mailed' WHERE id = $1";

export function open(): Result<db.Connection, db.Error> {
  return db.Connection.open("main");
}

export function insert(order: Order): Result<Done> {
  const connection = open();
  if (connection.failed) return connection.pass<Done>();
  const begun = connection.value.begin();
  if (begun.failed) return begun.pass<Done>();
  const tx = begun.value;
  const inserted = tx.execute(INSERT, [
    db.value(order.id),
    db.value(order.sku),
    db.value(order.quantity),
    db.value(order.email),
    db.value(order.amountCents),
    db.value(order.status),
    db.value(order.createdAt),
  ]);
  if (inserted.failed) {
    tx.drop();
    return inserted.pass<Done>();
  }
  const committed = db.Transaction.commit(tx);
  return committed.failed ? committed.pass<Done>() : done();
}

export function byId(connection: db.Connection, id: string): Result<Order | null> {
  const rows = connection.query(BY_ID, [db.value(id)]);
  return rows.failed ? rows.pass<Order | null>() : rows.value.decodeFirst<Order>(Order.of);
}

/** At most `limit` orders whose ids come after `cursor`. */
export function after(connection: db.Connection, cursor: string, limit: i32): Result<Array<Order>> {
  const rows = connection.query(AFTER, [db.value(cursor), db.value(limit)]);
  return rows.failed ? rows.pass<Array<Order>>() : rows.value.decode<Order>(Order.of);
}

export function markMailed(connection: db.Connection, id: string): Result<u64, db.Error> {
  return connection.execute(MAILED, [db.value(id)]);
}
