// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";
import { Handle } from "../abi";
import { Error } from "../db/error";
import { Rows } from "../db/rows";
import { Value } from "../db/value";
import { Done, Result } from "../result";

/** What the database said. `detail` names the constraint for `error.constraint`. */
export class Failure {
  constructor(
    public message: string,
    public detail: string | null,
  ) {}
}

/** A `connection` of the host. */
export class Connection extends Handle {
  /** Gives it back to the host. A handle that was given away already is left alone. */
  drop(): void {
    if (this.isHeld) _dropConnection(this.give());
  }

  /** Opens the database with this label. */
  static open(name: string): Result<Connection, Error> {
    const _area = abi.allocate(28, 4);
    _staticConnectionOpen(abi.lowerText(name), name.length, <i32>_area);
    const _result = _loadResultOwnConnectionError(_area);
    abi.release();
    return _result;
  }

  /** Runs a statement and returns its rows. */
  query(sql: string, params: Array<Value>): Result<Rows, Error> {
    const _area = abi.allocate(28, 4);
    _methodConnectionQuery(this.lend(), abi.lowerText(sql), sql.length, <i32>_lowerListValue(params), params.length, <i32>_area);
    const _result = _loadResultRowsError(_area);
    abi.release();
    return _result;
  }

  /** Runs a statement and returns the number of rows it changed. */
  execute(sql: string, params: Array<Value>): Result<u64, Error> {
    const _area = abi.allocate(32, 8);
    _methodConnectionExecute(this.lend(), abi.lowerText(sql), sql.length, <i32>_lowerListValue(params), params.length, <i32>_area);
    const _result = _loadResultU64Error(_area);
    abi.release();
    return _result;
  }

  /** Begins a transaction. One that is dropped without a commit is rolled back. */
  begin(): Result<Transaction, Error> {
    const _area = abi.allocate(28, 4);
    _methodConnectionBegin(this.lend(), <i32>_area);
    const _result = _loadResultOwnTransactionError(_area);
    abi.release();
    return _result;
  }
}

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[resource-drop]connection")
declare function _dropConnection(_: i32): void;

/** A `transaction` of the host. */
export class Transaction extends Handle {
  /** Gives it back to the host. A handle that was given away already is left alone. */
  drop(): void {
    if (this.isHeld) _dropTransaction(this.give());
  }

  /** As connection.query, inside the transaction. */
  query(sql: string, params: Array<Value>): Result<Rows, Error> {
    const _area = abi.allocate(28, 4);
    _methodTransactionQuery(this.lend(), abi.lowerText(sql), sql.length, <i32>_lowerListValue(params), params.length, <i32>_area);
    const _result = _loadResultRowsError(_area);
    abi.release();
    return _result;
  }

  /** As connection.execute, inside the transaction. */
  execute(sql: string, params: Array<Value>): Result<u64, Error> {
    const _area = abi.allocate(32, 8);
    _methodTransactionExecute(this.lend(), abi.lowerText(sql), sql.length, <i32>_lowerListValue(params), params.length, <i32>_area);
    const _result = _loadResultU64Error(_area);
    abi.release();
    return _result;
  }

  /** Makes the changes permanent. */
  static commit(tx: Transaction): Result<Done, Error> {
    const _area = abi.allocate(28, 4);
    _staticTransactionCommit(tx.give(), <i32>_area);
    const _result = _loadResultDoneError(_area);
    abi.release();
    return _result;
  }

  /** Undoes the changes. */
  static rollback(tx: Transaction): Result<Done, Error> {
    const _area = abi.allocate(28, 4);
    _staticTransactionRollback(tx.give(), <i32>_area);
    const _result = _loadResultDoneError(_area);
    abi.release();
    return _result;
  }
}

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[resource-drop]transaction")
declare function _dropTransaction(_: i32): void;

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[static]connection.open")
declare function _staticConnectionOpen(_0: i32, _1: i32, _2: i32): void;

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[method]connection.query")
declare function _methodConnectionQuery(_0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i32): void;

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[method]connection.execute")
declare function _methodConnectionExecute(_0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i32): void;

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[method]connection.begin")
declare function _methodConnectionBegin(_0: i32, _1: i32): void;

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[method]transaction.query")
declare function _methodTransactionQuery(_0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i32): void;

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[method]transaction.execute")
declare function _methodTransactionExecute(_0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i32): void;

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[static]transaction.commit")
declare function _staticTransactionCommit(_0: i32, _1: i32): void;

// @ts-ignore: decorator
@external("flux:host/db@0.1.0", "[static]transaction.rollback")
declare function _staticTransactionRollback(_0: i32, _1: i32): void;

function _liftListListValue(_data: usize, _length: i32): Array<Array<Value>> {
  const _list = new Array<Array<Value>>(_length);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 8;
    _list[_index] = _liftListValue(load<usize>(_at), load<i32>(_at, 4));
  }
  return _list;
}

function _liftListString(_data: usize, _length: i32): Array<string> {
  const _list = new Array<string>(_length);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 8;
    _list[_index] = abi.loadText(_at);
  }
  return _list;
}

function _liftListValue(_data: usize, _length: i32): Array<Value> {
  const _list = new Array<Value>(_length);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 16;
    _list[_index] = _loadValue(_at);
  }
  return _list;
}

function _loadError(_at: usize): Error {
  switch (load<u8>(_at)) {
    case 0: return Error.denied(abi.loadText(_at + 4));
    case 1: return Error.invalid(_loadFailure(_at + 4));
    case 2: return Error.constraint(_loadFailure(_at + 4));
    case 3: return Error.conflict(_loadFailure(_at + 4));
    case 4: return Error.timeout();
    default: return Error.unavailable(abi.loadText(_at + 4));
  }
}

function _loadFailure(_at: usize): Failure {
  return new Failure(
    abi.loadText(_at),
    _loadOptionString(_at + 8),
  );
}

function _loadOptionString(_at: usize): string | null {
  switch (load<u8>(_at)) {
    case 0: return null;
    default: return abi.loadText(_at + 4);
  }
}

function _loadResultDoneError(_at: usize): Result<Done, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<Done, Error>(Done.it);
    default: return Result.err<Done, Error>(_loadError(_at + 4));
  }
}

function _loadResultOwnConnectionError(_at: usize): Result<Connection, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<Connection, Error>(new Connection(load<i32>(_at, 4)));
    default: return Result.err<Connection, Error>(_loadError(_at + 4));
  }
}

function _loadResultOwnTransactionError(_at: usize): Result<Transaction, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<Transaction, Error>(new Transaction(load<i32>(_at, 4)));
    default: return Result.err<Transaction, Error>(_loadError(_at + 4));
  }
}

function _loadResultRowsError(_at: usize): Result<Rows, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<Rows, Error>(_loadRows(_at + 4));
    default: return Result.err<Rows, Error>(_loadError(_at + 4));
  }
}

function _loadResultU64Error(_at: usize): Result<u64, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<u64, Error>(load<u64>(_at, 8));
    default: return Result.err<u64, Error>(_loadError(_at + 8));
  }
}

function _loadRows(_at: usize): Rows {
  return new Rows(
    _liftListString(load<usize>(_at), load<i32>(_at, 4)),
    _liftListListValue(load<usize>(_at, 8), load<i32>(_at, 12)),
  );
}

function _loadValue(_at: usize): Value {
  switch (load<u8>(_at)) {
    case 0: return Value.null();
    case 1: return Value.boolean(<bool>load<u8>(_at, 8));
    case 2: return Value.integer(load<i64>(_at, 8));
    case 3: return Value.real(load<f64>(_at, 8));
    case 4: return Value.text(abi.loadText(_at + 8));
    default: return Value.bytes(abi.loadNumbers<Uint8Array, u8>(load<usize>(_at, 8), load<i32>(_at, 12)));
  }
}

function _lowerListValue(_list: Array<Value>): usize {
  const _length = _list.length;
  const _data = abi.allocate(<usize>_length * 16, 8);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 16;
    _storeValue(_list[_index], _at);
  }
  return _data;
}

function _storeValue(_value: Value, _at: usize): void {
  const _kind = <i32>_value.kind;
  store<u8>(_at, <u8>_kind);
  switch (_kind) {
    case 1: {
      store<u8>(_at, <u8>_value.boolean, 8);
      break;
    }
    case 2: {
      store<i64>(_at, <i64>_value.integer, 8);
      break;
    }
    case 3: {
      store<f64>(_at, <f64>_value.real, 8);
      break;
    }
    case 4: {
      abi.storeText(_value.text, _at + 8);
      break;
    }
    case 5: {
      store<usize>(_at, _value.bytes.dataStart, 8);
      store<i32>(_at, _value.bytes.length, 12);
      break;
    }
  }
}
