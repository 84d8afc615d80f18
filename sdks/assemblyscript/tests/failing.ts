import { http, kv, log } from "../index";

export function anAssertionFails(): void {
  assert(1 + 0 == 2, "one is two");
}

export function anErrorIsTakenForAValue(): void {
  http.Error.notFound("nothing here").fail<i32>().value;
}

export function theHostIsCalled(): void {
  kv.Bucket.open("main");
}

export function aLineIsWritten(): void {
  log.info("hello", [log.field("who", "é€🦀")]);
}
