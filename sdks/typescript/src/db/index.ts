/**
 * SQL databases, opened by the label they have in `flux.toml`.
 *
 * ```ts
 * const main = await db.open("main");
 * const changed = await main.transaction((tx) =>
 *   tx.execute("UPDATE users SET name = $1 WHERE id = $2", [name ?? null, id]),
 * );
 * ```
 *
 * Parameters are written `$1`, `$2`, … : both SQLite and Postgres take them.
 */

import { call } from "../errors.ts";
import { db as host } from "#host";
import type { RawConnection, RawTransaction } from "../host/contract.ts";
import { wrap } from "./error.ts";
import { Rows } from "./rows.ts";
import { lower, type Param } from "./value.ts";

export { DbError, type DbErrorCode } from "./error.ts";
export {
  bigint,
  boolean,
  bytes,
  type Column,
  type Decoded,
  DecodeError,
  integer,
  nullable,
  number,
  Row,
  Rows,
  type Shape,
  text,
  value,
} from "./rows.ts";
export { type Param, Real, real, type Value } from "./value.ts";

/** Opens the database with this label. */
export async function open(name: string): Promise<Connection> {
  return new Connection(await call("db.open", () => host.Connection.open(name), wrap));
}

/** An open database. */
export class Connection {
  readonly #raw: RawConnection;

  /** @internal */
  constructor(raw: RawConnection) {
    this.#raw = raw;
  }

  /** Runs a statement and returns its rows. */
  async query(sql: string, params: readonly Param[] = []): Promise<Rows> {
    return new Rows(await call("db.query", () => this.#raw.query(sql, params.map(lower)), wrap));
  }

  /** Runs a statement and returns the number of rows it changed. */
  execute(sql: string, params: readonly Param[] = []): Promise<bigint> {
    return call("db.execute", () => this.#raw.execute(sql, params.map(lower)), wrap);
  }

  /** Begins a transaction. */
  async begin(): Promise<Transaction> {
    return new Transaction(await call("db.begin", () => this.#raw.begin(), wrap));
  }

  /** Runs a function in a transaction: committed if it returns, undone if it throws. */
  async transaction<T>(run: (tx: Transaction) => Promise<T>): Promise<T> {
    const tx = await this.begin();
    let result: T;
    try {
      result = await run(tx);
    } catch (error) {
      // The first error is the one to tell; a transaction that cannot be undone by hand is undone by
      // the host.
      await tx.rollback().catch(() => {});
      throw error;
    }
    await tx.commit();
    return result;
  }
}

/**
 * An open transaction. One that is neither committed nor rolled back is undone when the execution
 * ends, or where it is disposed of: `using tx = await main.begin()`.
 */
export class Transaction {
  #raw: RawTransaction | undefined;

  /** @internal */
  constructor(raw: RawTransaction) {
    this.#raw = raw;
  }

  /** Runs a statement and returns its rows. */
  async query(sql: string, params: readonly Param[] = []): Promise<Rows> {
    return new Rows(await call("tx.query", () => this.#open().query(sql, params.map(lower)), wrap));
  }

  /** Runs a statement and returns the number of rows it changed. */
  execute(sql: string, params: readonly Param[] = []): Promise<bigint> {
    return call("tx.execute", () => this.#open().execute(sql, params.map(lower)), wrap);
  }

  /** Makes the changes permanent. */
  commit(): Promise<void> {
    return call("tx.commit", () => host.Transaction.commit(this.#end()), wrap);
  }

  /** Undoes the changes. */
  rollback(): Promise<void> {
    return call("tx.rollback", () => host.Transaction.rollback(this.#end()), wrap);
  }

  /** Undoes the changes, if they were not committed. */
  [Symbol.dispose](): void {
    const raw = this.#raw;
    this.#raw = undefined;
    raw?.[Symbol.dispose]?.();
  }

  #open(): RawTransaction {
    if (this.#raw === undefined) throw new Error("the transaction has ended");
    return this.#raw;
  }

  /** Whatever the host says to its end, it is over. */
  #end(): RawTransaction {
    const raw = this.#open();
    this.#raw = undefined;
    return raw;
  }
}
