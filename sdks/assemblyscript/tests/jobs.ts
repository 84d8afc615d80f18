import { answer } from "../assembly/entry/job";
import { Done, done, fail, jobs, kv, text } from "../index";
import { equal } from "./expect";

export function aPayloadThatIsNoJsonIsDiscarded(): void {
  const failure = new jobs.Job("1", "mail", text.encode("{"), 1).json().error as jobs.Failure;
  assert(failure.kind == jobs.FailureKind.Discard);
  equal(failure.why, "the payload is not as expected: a name was expected at position 1");
}

export function anyOtherErrorIsARetry(): void {
  const failure = answer(fail<Done>(kv.Error.unavailable("down"))).error;
  assert(failure.kind == jobs.FailureKind.Retry);
  equal(failure.why, "the bucket is unavailable: down");
}

export function aFailureIsWhatItSays(): void {
  assert(!answer(done()).failed);
  const failure = answer(jobs.Failure.discard("never").fail<Done>()).error;
  assert(failure.kind == jobs.FailureKind.Discard);
  equal(failure.why, "never");
}
