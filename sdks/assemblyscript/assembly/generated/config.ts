// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";

/** A value of [config] in flux.toml; none if it is not set, which is not the same as empty. */
export function get(key: string): string | null {
  const _area = abi.allocate(12, 4);
  _get(abi.lowerText(key), key.length, <i32>_area);
  const _result = _loadOptionString(_area);
  abi.release();
  return _result;
}

// @ts-ignore: decorator
@external("flux:host/config@0.1.0", "get")
declare function _get(_0: i32, _1: i32, _2: i32): void;

/** A value of [secrets]. Never written to a journal. */
export function secret(name: string): string | null {
  const _area = abi.allocate(12, 4);
  _secret(abi.lowerText(name), name.length, <i32>_area);
  const _result = _loadOptionString(_area);
  abi.release();
  return _result;
}

// @ts-ignore: decorator
@external("flux:host/config@0.1.0", "secret")
declare function _secret(_0: i32, _1: i32, _2: i32): void;

function _loadOptionString(_at: usize): string | null {
  switch (load<u8>(_at)) {
    case 0: return null;
    default: return abi.loadText(_at + 4);
  }
}
