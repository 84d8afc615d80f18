import { config, fetch, kv, queue } from "../index";
import { equal } from "./expect";

export function errorsAreToldAsInEveryLanguage(): void {
  equal(kv.Error.denied("x").toString(), "the bucket is denied: x");
  equal(kv.Error.tooLarge().toString(), "the key or the value is too large for the bucket");
  equal(queue.Error.unavailable("x").toString(), "the queue is unavailable: x");
  equal(fetch.Error.dns("x").toString(), "the host was not found: x");
  equal(fetch.Error.timeout().toString(), "the request took too long");
  equal(new config.Missing("secrets", "key").toString(), "`key` is not set in [secrets] of flux.toml");
}

export function codesAreTheContracts(): void {
  equal(kv.Error.tooLarge().code, "too-large");
  equal(queue.Error.denied("").code, "denied");
  const all = [
    fetch.Error.denied(""),
    fetch.Error.invalid(""),
    fetch.Error.dns(""),
    fetch.Error.connect(""),
    fetch.Error.tls(""),
    fetch.Error.timeout(),
    fetch.Error.tooLarge(),
    fetch.Error.protocol(""),
  ];
  const codes = all.map<string>((error) => error.code).join(" ");
  equal(codes, "denied invalid dns connect tls timeout too-large protocol");
}
