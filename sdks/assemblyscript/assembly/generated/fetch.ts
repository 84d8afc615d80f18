// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";
import { Error } from "../fetch/error";
import { Request } from "../fetch/request";
import { Response } from "../fetch/response";
import { Result, Some } from "../result";
import { Tuple2 } from "./tuples";

/** Sends one request. Every status is a response, not an error. */
export function send(request: Request): Result<Response, Error> {
  const _1: i32 = <i32>(request.timeoutMs !== null);
  let _2: i32 = 0;
  switch (_1) {
    case 1: {
      _2 = <i32>request.timeoutMs!.value;
      break;
    }
  }
  const _area = abi.allocate(24, 4);
  _send(abi.lowerText(request.method), request.method.length, abi.lowerText(request.url), request.url.length, <i32>_lowerListTuple2StringString(request.headers), request.headers.length, <i32>request.body.dataStart, request.body.length, _1, _2, <i32>_area);
  const _result = _loadResultResponseError(_area);
  abi.release();
  return _result;
}

// @ts-ignore: decorator
@external("flux:host/fetch@0.1.0", "send")
declare function _send(_0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i32, _6: i32, _7: i32, _8: i32, _9: i32, _10: i32): void;

/** Sends several at once; the results are in the order of the requests. */
export function sendAll(requests: Array<Request>): Array<Result<Response, Error>> {
  const _area = abi.allocate(8, 4);
  _sendAll(<i32>_lowerListRequest(requests), requests.length, <i32>_area);
  const _result = _liftListResultResponseError(load<usize>(_area), load<i32>(_area, 4));
  abi.release();
  return _result;
}

// @ts-ignore: decorator
@external("flux:host/fetch@0.1.0", "send-all")
declare function _sendAll(_0: i32, _1: i32, _2: i32): void;

function _liftListResultResponseError(_data: usize, _length: i32): Array<Result<Response, Error>> {
  const _list = new Array<Result<Response, Error>>(_length);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 24;
    _list[_index] = _loadResultResponseError(_at);
  }
  return _list;
}

function _liftListTuple2StringString(_data: usize, _length: i32): Array<Tuple2<string, string>> {
  const _list = new Array<Tuple2<string, string>>(_length);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 16;
    _list[_index] = _loadTuple2StringString(_at);
  }
  return _list;
}

function _loadError(_at: usize): Error {
  switch (load<u8>(_at)) {
    case 0: return Error.denied(abi.loadText(_at + 4));
    case 1: return Error.invalid(abi.loadText(_at + 4));
    case 2: return Error.dns(abi.loadText(_at + 4));
    case 3: return Error.connect(abi.loadText(_at + 4));
    case 4: return Error.tls(abi.loadText(_at + 4));
    case 5: return Error.timeout();
    case 6: return Error.tooLarge();
    default: return Error.protocol(abi.loadText(_at + 4));
  }
}

function _loadResponse(_at: usize): Response {
  return new Response(
    load<u16>(_at),
    _liftListTuple2StringString(load<usize>(_at, 4), load<i32>(_at, 8)),
    abi.loadNumbers<Uint8Array, u8>(load<usize>(_at, 12), load<i32>(_at, 16)),
  );
}

function _loadResultResponseError(_at: usize): Result<Response, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<Response, Error>(_loadResponse(_at + 4));
    default: return Result.err<Response, Error>(_loadError(_at + 4));
  }
}

function _loadTuple2StringString(_at: usize): Tuple2<string, string> {
  return new Tuple2<string, string>(
    abi.loadText(_at),
    abi.loadText(_at + 8),
  );
}

function _lowerListRequest(_list: Array<Request>): usize {
  const _length = _list.length;
  const _data = abi.allocate(<usize>_length * 40, 4);
  for (let _index = 0; _index < _length; ++_index) {
    const _at = _data + <usize>_index * 40;
    _storeRequest(_list[_index], _at);
  }
  return _data;
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

function _storeOptionU32(_value: Some<u32> | null, _at: usize): void {
  const _kind = <i32>(_value !== null);
  store<u8>(_at, <u8>_kind);
  switch (_kind) {
    case 1: {
      store<u32>(_at, <u32>_value!.value, 4);
      break;
    }
  }
}

function _storeRequest(_value: Request, _at: usize): void {
  abi.storeText(_value.method, _at);
  abi.storeText(_value.url, _at + 8);
  store<usize>(_at, _lowerListTuple2StringString(_value.headers), 16);
  store<i32>(_at, _value.headers.length, 20);
  store<usize>(_at, _value.body.dataStart, 24);
  store<i32>(_at, _value.body.length, 28);
  _storeOptionU32(_value.timeoutMs, _at + 32);
}

function _storeTuple2StringString(_value: Tuple2<string, string>, _at: usize): void {
  abi.storeText(_value.item0, _at);
  abi.storeText(_value.item1, _at + 8);
}
