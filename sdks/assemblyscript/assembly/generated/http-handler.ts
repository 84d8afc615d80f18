// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";
import { Request } from "../http/request";
import { Response } from "../http/response";
import { Tuple2 } from "./tuples";

export function handle(_run: (request: Request) => Response, _0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i32, _6: i32, _7: i32, _8: i32, _9: i32, _10: i32, _11: i32, _12: i32): i32 {
  const _argument0 = new Request(abi.liftText(_0, _1), abi.liftText(_2, _3), _liftOptionString(_4, _5, _6), _liftListTuple2StringString(_7, _8), abi.loadNumbers<Uint8Array, u8>(_9, _10), _liftListTuple2StringString(_11, _12));
  abi.release();
  const _result = _run(_argument0);
  const _area = abi.allocate(20, 4);
  _storeResponse(_result, _area);
  return <i32>_area;
}

function _liftListTuple2StringString(_data: usize, _length: i32): Array<Tuple2<string, string>> {
  const _list = new Array<Tuple2<string, string>>(_length);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 16;
    _list[_index] = _loadTuple2StringString(_at);
  }
  return _list;
}

function _liftOptionString(_0: i32, _1: i32, _2: i32): string | null {
  switch (_0) {
    case 0: return null;
    default: return abi.liftText(_1, _2);
  }
}

function _loadTuple2StringString(_at: usize): Tuple2<string, string> {
  return new Tuple2<string, string>(
    abi.loadText(_at),
    abi.loadText(_at + 8),
  );
}

function _lowerListTuple2StringString(_list: Array<Tuple2<string, string>>): usize {
  const _length = _list.length;
  const _data = abi.allocate(<usize>_length * 16, 4);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 16;
    _storeTuple2StringString(_list[_index], _at);
  }
  return _data;
}

function _storeResponse(_value: Response, _at: usize): void {
  store<u16>(_at, <u16>_value.status);
  store<usize>(_at, _lowerListTuple2StringString(_value.headers), 4);
  store<i32>(_at, _value.headers.length, 8);
  store<usize>(_at, _value.body.dataStart, 12);
  store<i32>(_at, _value.body.length, 16);
}

function _storeTuple2StringString(_value: Tuple2<string, string>, _at: usize): void {
  abi.storeText(_value.item0, _at);
  abi.storeText(_value.item1, _at + 8);
}
