/** The table `orders`. */

import { db } from "@flux-run/sdk";

/** An order, in the order its fields are written. */
export const columns = {
  id: db.text,
  sku: db.text,
  quantity: db.integer,
  email: db.text,
  amount_cents: db.integer,
  status: db.text,
  created_at: db.text,
};

export type Order = db.Decoded<typeof columns>;

const fields = "id, sku, quantity, email, amount_cents, status, created_at";
const insertSql = `INSERT INTO orders (${fields}) VALUES ($1, $2, $3, $4, $5, $6, $7)`;
const byIdSql = `SELECT ${fields} FROM orders WHERE id = $1`;
const afterSql = `SELECT ${fields} FROM orders WHERE id > $1 ORDER BY id LIMIT $2`;
const mailedSql = "UPDATE orders SET status = 'mailed' WHERE id = $1";

export function open(): Promise<db.Connection> {
  return db.open("main");
}

export async function insert(order: Order): Promise<void> {
  const tx = await (await open()).begin();
  await tx.execute(insertSql, [
    order.id,
    order.sku,
    order.quantity,
    order.email,
    order.amount_cents,
    order.status,
    order.created_at,
  ]);
  await tx.commit();
}

export function byId(connection: db.Connection, id: string): Promise<db.Rows> {
  return connection.query(byIdSql, [id]);
}

/** At most `limit` orders whose ids come after `cursor`. */
export function after(connection: db.Connection, cursor: string, limit: number): Promise<db.Rows> {
  return connection.query(afterSql, [cursor, limit]);
}

export async function markMailed(connection: db.Connection, id: string): Promise<void> {
  await connection.execute(mailedSql, [id]);
}
