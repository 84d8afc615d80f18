import { Connection, Transaction } from "../generated/db";
import { Result } from "../result";

/** Runs a function in a transaction: committed if it returns a value, undone if it returns an error. */
export function transaction<T>(connection: Connection, run: (tx: Transaction) => Result<T>): Result<T> {
  const begun = connection.begin();
  if (begun.failed) return begun.pass<T>();
  const tx = begun.value;
  const result = run(tx);
  if (result.failed) {
    // The first error is the one to tell; one that cannot be undone by hand is undone by the host.
    Transaction.rollback(tx);
    return result;
  }
  const committed = Transaction.commit(tx);
  return committed.failed ? committed.pass<T>() : result;
}
