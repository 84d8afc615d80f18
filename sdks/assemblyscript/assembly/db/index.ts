/**
 * SQL databases, opened by the label they have in `flux.toml`. Parameters are written `$1`, `$2`, and so
 * on: both SQLite and PostgreSQL take them.
 */
export { Connection, Failure, Transaction } from "../generated/db";
export { Error, ErrorKind } from "./error";
export { DecodeError, Row, Rows } from "./rows";
export { transaction } from "./transaction";
export { Value, ValueKind, value } from "./value";
