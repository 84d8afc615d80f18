// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";
import { Error } from "../queue/error";
import { Options } from "../queue/options";
import { Result } from "../result";

/** Sends a job and returns its id. */
export function send(queue: string, payload: Uint8Array, options: Options): Result<string, Error> {
  const _1: i32 = <i32>(options.delayMs !== null);
  let _2: i64 = 0;
  switch (_1) {
    case 1: {
      _2 = <i64>options.delayMs!.value;
      break;
    }
  }
  const _3: i32 = <i32>(options.idempotencyKey !== null);
  let _4: i32 = 0;
  let _5: i32 = 0;
  switch (_3) {
    case 1: {
      _4 = abi.lowerText(options.idempotencyKey!);
      _5 = options.idempotencyKey!.length;
      break;
    }
  }
  const _6: i32 = <i32>(options.maxAttempts !== null);
  let _7: i32 = 0;
  switch (_6) {
    case 1: {
      _7 = <i32>options.maxAttempts!.value;
      break;
    }
  }
  const _area = abi.allocate(16, 4);
  _send(abi.lowerText(queue), queue.length, <i32>payload.dataStart, payload.length, _1, _2, _3, _4, _5, _6, _7, <i32>_area);
  const _result = _loadResultStringError(_area);
  abi.release();
  return _result;
}

// @ts-ignore: decorator
@external("flux:host/queue@0.1.0", "send")
declare function _send(_0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i64, _6: i32, _7: i32, _8: i32, _9: i32, _10: i32, _11: i32): void;

function _loadError(_at: usize): Error {
  switch (load<u8>(_at)) {
    case 0: return Error.denied(abi.loadText(_at + 4));
    case 1: return Error.tooLarge();
    default: return Error.unavailable(abi.loadText(_at + 4));
  }
}

function _loadResultStringError(_at: usize): Result<string, Error> {
  switch (load<u8>(_at)) {
    case 0: return Result.ok<string, Error>(abi.loadText(_at + 4));
    default: return Result.err<string, Error>(_loadError(_at + 4));
  }
}
