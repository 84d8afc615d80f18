// Made from wit/ by flux-sdk-generate. Do not edit.

import * as abi from "../abi";
import { Failure } from "../jobs/failure";
import { Job } from "../jobs/job";
import { Done, Result } from "../result";

export function run(_run: (job: Job) => Result<Done, Failure>, _0: i32, _1: i32, _2: i32, _3: i32, _4: i32, _5: i32, _6: i32): i32 {
  const _argument0 = new Job(abi.liftText(_0, _1), abi.liftText(_2, _3), abi.loadNumbers<Uint8Array, u8>(_4, _5), <u32>_6);
  abi.release();
  const _result = _run(_argument0);
  const _area = abi.allocate(16, 4);
  _storeResultDoneFailure(_result, _area);
  return <i32>_area;
}

function _storeFailure(_value: Failure, _at: usize): void {
  const _kind = <i32>_value.kind;
  store<u8>(_at, <u8>_kind);
  switch (_kind) {
    case 0: {
      abi.storeText(_value.retry, _at + 4);
      break;
    }
    case 1: {
      abi.storeText(_value.discard, _at + 4);
      break;
    }
  }
}

function _storeResultDoneFailure(_value: Result<Done, Failure>, _at: usize): void {
  const _kind = <i32>_value.failed;
  store<u8>(_at, <u8>_kind);
  switch (_kind) {
    case 1: {
      _storeFailure(_value.error, _at + 4);
      break;
    }
  }
}
