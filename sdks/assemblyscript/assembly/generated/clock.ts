// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";
import { Datetime } from "../clock/datetime";

export function now(): Datetime {
  const _area = abi.allocate(16, 8);
  _now(<i32>_area);
  const _result = _loadDatetime(_area);
  abi.release();
  return _result;
}

// @ts-ignore: decorator
@external("flux:host/clock@0.1.0", "now")
declare function _now(_0: i32): void;

/** Nanoseconds since the execution began. */
export function monotonic(): u64 {
  const _core = _monotonic();
  const _result = <u64>_core;
  abi.release();
  return _result;
}

// @ts-ignore: decorator
@external("flux:host/clock@0.1.0", "monotonic")
declare function _monotonic(): i64;

/** Milliseconds. Takes no time in a replay. */
export function sleep(ms: u32): void {
  _sleep(<i32>ms);
  abi.release();
}

// @ts-ignore: decorator
@external("flux:host/clock@0.1.0", "sleep")
declare function _sleep(_0: i32): void;

function _loadDatetime(_at: usize): Datetime {
  return new Datetime(
    load<u64>(_at),
    load<u32>(_at, 8),
  );
}
