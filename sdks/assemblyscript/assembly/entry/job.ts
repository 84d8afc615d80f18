/** Between the guest's `run` and the glue. */
import { Failure } from "../jobs/failure";
import { Done, Result } from "../result";

/** The outcome of what the guest's function returned: a `Result<Done>`. */
export function answer<R>(returned: R): Result<Done, Failure> {
  if (returned instanceof Result<Done>) {
    if (returned.failed) return Result.err<Done, Failure>(Failure.of(returned.error));
    return Result.ok<Done, Failure>(Done.it);
  }
  return ERROR("run must return a Result<Done>");
}
