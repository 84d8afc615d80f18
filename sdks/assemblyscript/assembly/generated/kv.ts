// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";
import { Handle } from "../abi";
import { Entry } from "../kv/entry";
import { Error } from "../kv/error";
import { SetOptions } from "../kv/options";
import { Result } from "../result";

/** The cases of Condition. */
export enum ConditionKind {
  /** Only if the key has no value. */
  Absent,
  /** Only if the value still has this version. */
  Version,
}

/** When a set may happen. */
export class Condition {
  private constructor(readonly kind: ConditionKind) {}
  static absent(): Condition {
    return new Condition(ConditionKind.Absent);
  }
  private _version: string = changetype<string>(0);
  get version(): string {
    assert(this.kind == ConditionKind.Version, "Condition is not version");
    return this._version;
  }
  static version(version_: string): Condition {
    const value = new Condition(ConditionKind.Version);
    value._version = version_;
    return value;
  }
}

/** A page of keys in ascending order; `next` is the cursor of the page that follows. */
export class Page {
  constructor(
    public keys: Array<string>,
    public next: string | null,
  ) {}
}

/** A `bucket` of the host. */
export class Bucket extends Handle {
  /** Gives it back to the host. A handle that was given away already is left alone. */
  drop(): void {
    if (this.isHeld) _dropBucket(this.give());
  }

  /** Opens the bucket with this label. */
  static open(name: string): Result<Bucket, Error> {
    const _area = abi.allocate(16, 4);
    _staticBucketOpen(abi.lowerText(name), name.length, <i32>_area);
    const _result = _loadResultOwnBucketError(_area);
    abi.release();
    return _result;
  }

  /** The value of a key; none if it has none, or its time is over. */
  get(key: string): Result<Entry | null, Error> {
    const _area = abi.allocate(24, 4);
    _methodBucketGet(this.lend(), abi.lowerText(key), key.length, <i32>_area);
    const _result = _loadResultOptionEntryError(_area);
    abi.release();
    return _result;
  }

  /** False: the condition did not hold, and nothing changed. */
  set(key: string, value: Uint8Array, options: SetOptions): Result<bool, Error> {
    const _1: i32 = <i32>(options.ttlMs !== null);
    let _2: i64 = 0;
    switch (_1) {
      case 1: {
        _2 = <i64>options.ttlMs!.value;
        break;
      }
    }
    const _3: i32 = <i32>(options.onlyIf !== null);
    let _4: i32 = 0;
    let _5: i32 = 0;
    let _6: i32 = 0;
    switch (_3) {
      case 1: {
        const _7: i32 = <i32>options.onlyIf!.kind;
        let _8: i32 = 0;
        let _9: i32 = 0;
        switch (_7) {
          case 1: {
            _8 = abi.lowerText(options.onlyIf!.version);
            _9 = options.onlyIf!.version.length;
            break;
          }
        }
        _4 = _7;
        _5 = _8;
        _6 = _9;
        break;
      }
    }
    const _area = abi.allocate(16, 4);
    _methodBucketSet(this.lend(), abi.lowerText(key), key.length, <i32>value.dataStart, value.length, _1, _2, _3, _4, _5, _6, <i32>_area);
    const _result = _loadResultBoolError(_area);
    abi.release();
    return _result;
  }

  /** False: there was nothing to delete. */
  delete(key: string): Result<bool, Error> {
    const _area = abi.allocate(16, 4);
    _methodBucketDelete(this.lend(), abi.lowerText(key), key.length, <i32>_area);
    const _result = _loadResultBoolError(_area);
    abi.release();
    return _result;
  }

  /**
   * Adds to a decimal integer (0 if absent) and returns the sum. A value that is not a
   * number, or a sum outside s64, is `unavailable` and changes nothing.
   */
  increment(key: string, by: i64): Result<i64, Error> {
    const _area = abi.allocate(24, 8);
    _methodBucketIncrement(this.lend(), abi.lowerText(key), key.length, <i64>by, <i32>_area);
    const _result = _loadResultI64Error(_area);
    abi.release();
    return _result;
  }

  /** The keys that start with `prefix`, after `cursor`, at most `limit` (1 to 1,000). */
  keys(prefix: string, cursor: string | null, limit: u32): Result<Page, Error> {
    const _10: i32 = <i32>(cursor !== null);
    let _11: i32 = 0;
    let _12: i32 = 0;
    switch (_10) {
      case 1: {
        _11 = abi.lowerText(cursor!);
        _12 = cursor!.length;
        break;
      }
    }
    const _area = abi.allocate(24, 4);
    _methodBucketKeys(this.lend(), abi.lowerText(prefix), prefix.length, _10, _11, _12, <i32>limit, <i32>_area);
    const _result = _loadResultPageError(_area);
    abi.release();
    return _result;
  }
}

// @ts-ignore: decorator
@external("flux:host/kv@0.1.0", "[resource-drop]bucket")
declare function _dropBucket(_: i32): void;

// @ts-ignore: decorator
@external("flux:host/kv@0.1.0", "[static]bucket.open")
declare function _staticBucketOpen(_0: i32, _1: i32, _2: i32): void;

// @ts-ignore: decorator
@external("flux:host/kv@0.1.0", "[method]bucket.get")
declare function _methodBucketGet(_0: i32, _1: i32, _2: i32, _3: i32): void;

// @ts-ignore: decorator
@external("flux:host/kv@0.1.0", "[method]bucket.set")
declare function _methodBucketSet(_0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i32, _6: i64, _7: i32, _8: i32, _9: i32, _10: i32, _11: i32): void;

// @ts-ignore: decorator
@external("flux:host/kv@0.1.0", "[method]bucket.delete")
declare function _methodBucketDelete(_0: i32, _1: i32, _2: i32, _3: i32): void;

// @ts-ignore: decorator
@external("flux:host/kv@0.1.0", "[method]bucket.increment")
declare function _methodBucketIncrement(_0: i32, _1: i32, _2: i32, _3: i64, _4: i32): void;

// @ts-ignore: decorator
@external("flux:host/kv@0.1.0", "[method]bucket.keys")
declare function _methodBucketKeys(_0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i32, _6: i32, _7: i32): void;

function _liftListString(_data: usize, _length: i32): Array<string> {
  const _list = new Array<string>(_length);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 8;
    _list[_index] = abi.loadText(_at);
  }
  return _list;
}

function _loadEntry(_at: usize): Entry {
  return new Entry(
    abi.loadNumbers<Uint8Array, u8>(load<usize>(_at), load<i32>(_at, 4)),
    abi.loadText(_at + 8),
  );
}

function _loadError(_at: usize): Error {
  switch (load<u8>(_at)) {
    case 0: return Error.denied(abi.loadText(_at + 4));
    case 1: return Error.tooLarge();
    default: return Error.unavailable(abi.loadText(_at + 4));
  }
}

function _loadOptionEntry(_at: usize): Entry | null {
  switch (load<u8>(_at)) {
    case 0: return null;
    default: return _loadEntry(_at + 4);
  }
}

function _loadOptionString(_at: usize): string | null {
  switch (load<u8>(_at)) {
    case 0: return null;
    default: return abi.loadText(_at + 4);
  }
}

function _loadPage(_at: usize): Page {
  return new Page(
    _liftListString(load<usize>(_at), load<i32>(_at, 4)),
    _loadOptionString(_at + 8),
  );
}

function _loadResultBoolError(_at: usize): Result<bool, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<bool, Error>(<bool>load<u8>(_at, 4));
    default: return Result.err<bool, Error>(_loadError(_at + 4));
  }
}

function _loadResultI64Error(_at: usize): Result<i64, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<i64, Error>(load<i64>(_at, 8));
    default: return Result.err<i64, Error>(_loadError(_at + 8));
  }
}

function _loadResultOptionEntryError(_at: usize): Result<Entry | null, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<Entry | null, Error>(_loadOptionEntry(_at + 4));
    default: return Result.err<Entry | null, Error>(_loadError(_at + 4));
  }
}

function _loadResultOwnBucketError(_at: usize): Result<Bucket, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<Bucket, Error>(new Bucket(load<i32>(_at, 4)));
    default: return Result.err<Bucket, Error>(_loadError(_at + 4));
  }
}

function _loadResultPageError(_at: usize): Result<Page, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<Page, Error>(_loadPage(_at + 4));
    default: return Result.err<Page, Error>(_loadError(_at + 4));
  }
}
