/** `/fetch`: outgoing requests, to a server that answers by path. */

import { config, fetch, fetchAll, type FetchError, type FetchRequest, type Response } from "@flux-run/sdk";
import { canonical, Canonical, errorOf, Report } from "./canonical.ts";
import { edgeBytes, edgeText, largeBytes, u32Max } from "./edges.ts";

export async function run(): Promise<Response> {
  const report = new Report();
  const base = config.require("fetch_url");
  for (const request of answered(base)) {
    await report.ask("fetch.send", request.method ?? "GET", send(request));
  }
  for (const request of failing(base)) {
    await report.ask("fetch.send", "failing", send(request));
  }
  report.line("fetch.send-all", "none", await several([]));
  const requests = [
    { url: `${base}/status/204` },
    { url: "http://denied.invalid/" },
    { method: "POST", url: `${base}/echo`, headers: { "x-order": "3" }, body: edgeBytes, timeoutMs: u32Max },
  ];
  report.line("fetch.send-all", "several", await several(requests));
  return report.respond();
}

async function send({ url, ...init }: FetchRequest): Promise<Canonical> {
  return response(await fetch(url, init));
}

async function several(requests: FetchRequest[]): Promise<Canonical[]> {
  const settled = await fetchAll(requests);
  return Promise.all(
    settled.map((it) => (it.status === "fulfilled" ? response(it.value) : errorOf(it.reason as FetchError))),
  );
}

function answered(base: string): FetchRequest[] {
  const echo = `${base}/echo`;
  const headers: [string, string][] = [
    ["x-twice", "1"],
    ["x-twice", "2"],
    ["x-empty", ""],
    ["x-text", "é€🦀"],
  ];
  const typed = { "content-type": "application/octet-stream" };
  return [
    { url: echo },
    { method: "POST", url: echo, headers, body: "body", timeoutMs: 60_000 },
    { method: "PUT", url: echo, body: edgeBytes, timeoutMs: u32Max },
    { method: "PATCH", url: echo, headers: typed, body: largeBytes() },
    { method: "DELETE", url: `${echo}?a=1&b=%C3%A9` },
    { method: "HEAD", url: `${base}/status/200` },
    { url: `${base}/status/404` },
    { url: `${base}/status/599` },
    { url: `${base}/headers` },
    { url: `${base}/bytes` },
    { url: `${base}/large` },
  ];
}

/** One for every case of the error, in the contract's order. */
function failing(base: string): FetchRequest[] {
  return [
    { url: "http://denied.invalid/" },
    { url: "" },
    { method: "G T", url: `${base}/echo` },
    { url: `${base}/echo`, headers: { "x-text": edgeText } },
    { url: "http://nowhere.invalid/" },
    { url: "http://127.0.0.1:1/" },
    { url: config.require("tls_url") },
    { url: `${base}/never`, timeoutMs: 20 },
    { url: `${base}/too-large` },
    { url: `${base}/garbage` },
  ];
}

async function response(found: Response): Promise<Canonical> {
  return new Canonical(`${found.status} ${canonical(found.headers)} ${canonical(await found.bytes())}`);
}
