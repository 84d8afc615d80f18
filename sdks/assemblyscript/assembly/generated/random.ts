// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";

/** Random bytes, at most 65,536 a call, from a generator whose seed is recorded. */
export function bytes(len: u32): Uint8Array {
  const _area = abi.allocate(8, 4);
  _bytes(<i32>len, <i32>_area);
  const _result = abi.loadNumbers<Uint8Array, u8>(load<usize>(_area), load<i32>(_area, 4));
  abi.release();
  return _result;
}

// @ts-ignore: decorator
@external("flux:host/random@0.1.0", "bytes")
declare function _bytes(_0: i32, _1: i32): void;
