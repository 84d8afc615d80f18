/** `/fetch`: outgoing requests, to a server that answers by path. */
import { Result, config, fetch, http, ok } from "@flux-run/assemblyscript";
import { Report, outcome } from "./canonical";
import { BYTES, TEXT, ascii, largeBytes } from "./edges";

export function run(): Result<http.Response> {
  const report = new Report();
  const url = config.require("fetch_url");
  if (url.failed) return url.pass<http.Response>();
  const base = url.value;
  const requests = answered(base);
  for (let index = 0; index < requests.length; ++index) {
    report.result("fetch.send", requests[index].method, requests[index].send());
  }
  const refused = failing(base);
  if (refused.failed) return refused.pass<http.Response>();
  for (let index = 0; index < refused.value.length; ++index) {
    report.result("fetch.send", "failing", refused.value[index].send());
  }
  several(report, "none", []);
  several(report, "several", [
    fetch.Request.get(`${base}/status/204`),
    fetch.Request.get("http://denied.invalid/"),
    fetch.Request.post(`${base}/echo`).header("x-order", "3").withBody(BYTES).timeout(u32.MAX_VALUE),
  ]);
  return ok(report.respond());
}

function several(report: Report, subject: string, requests: Array<fetch.Request>): void {
  const results = fetch.sendAll(requests);
  const texts = new Array<string>();
  for (let index = 0; index < results.length; ++index) texts.push(outcome(results[index]));
  report.written("fetch.send-all", subject, `[${texts.join(", ")}]`);
}

function answered(base: string): Array<fetch.Request> {
  const echo = `${base}/echo`;
  const many = fetch.Request.post(echo).header("x-twice", "1").header("x-twice", "2").header("x-empty", "");
  const patch = new fetch.Request("PATCH", echo).header("content-type", "application/octet-stream");
  return [
    fetch.Request.get(echo),
    many.header("x-text", "é€🦀").withBody(ascii("body")).timeout(60000),
    fetch.Request.put(echo).withBody(BYTES).timeout(u32.MAX_VALUE),
    patch.withBody(largeBytes()),
    fetch.Request.delete(`${base}/echo?a=1&b=%C3%A9`),
    new fetch.Request("HEAD", `${base}/status/200`),
    fetch.Request.get(`${base}/status/404`),
    fetch.Request.get(`${base}/status/599`),
    fetch.Request.get(`${base}/headers`),
    fetch.Request.get(`${base}/bytes`),
    fetch.Request.get(`${base}/large`),
  ];
}

/** One for every case of the error, in the contract's order. */
function failing(base: string): Result<Array<fetch.Request>> {
  const tls = config.require("tls_url");
  if (tls.failed) return tls.pass<Array<fetch.Request>>();
  return ok<Array<fetch.Request>>([
    fetch.Request.get("http://denied.invalid/"),
    fetch.Request.get(""),
    new fetch.Request("G T", `${base}/echo`),
    fetch.Request.get(`${base}/echo`).header("x-text", TEXT),
    fetch.Request.get("http://nowhere.invalid/"),
    fetch.Request.get("http://127.0.0.1:1/"),
    fetch.Request.get(tls.value),
    fetch.Request.get(`${base}/never`).timeout(20),
    fetch.Request.get(`${base}/too-large`),
    fetch.Request.get(`${base}/garbage`),
  ]);
}
