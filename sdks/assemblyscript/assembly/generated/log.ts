// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";
import { Tuple2 } from "./tuples";

export enum Level {
  Trace,
  Debug,
  Info,
  Warn,
  Error,
}

export function write(level: Level, message: string, fields: Array<Tuple2<string, string>>): void {
  _write(<i32>level, abi.lowerText(message), message.length, <i32>_lowerListTuple2StringString(fields), fields.length);
  abi.release();
}

// @ts-ignore: decorator
@external("flux:host/log@0.1.0", "write")
declare function _write(_0: i32, _1: i32, _2: i32, _3: i32, _4: i32): void;

function _lowerListTuple2StringString(_list: Array<Tuple2<string, string>>): usize {
  const _length = _list.length;
  const _data = abi.allocate(<usize>_length * 16, 4);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 16;
    _storeTuple2StringString(_list[_index], _at);
  }
  return _data;
}

function _storeTuple2StringString(_value: Tuple2<string, string>, _at: usize): void {
  abi.storeText(_value.item0, _at);
  abi.storeText(_value.item1, _at + 8);
}
