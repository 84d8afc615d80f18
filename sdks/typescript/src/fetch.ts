/**
 * Outgoing HTTP. The hosts that may be reached are listed in `flux.toml`.
 *
 * ```ts
 * const response = await fetch(`${url}/charge`, { method: "POST", json: { cents }, timeoutMs: 2000 });
 * if (!response.ok) throw HttpError.badGateway(`the payment service answered ${response.status}`);
 * ```
 */

import { type BytesLike, toBytes, writeJson } from "./bytes.ts";
import { call, CallError, reasonOf } from "./errors.ts";
import { fetch as host } from "#host";
import type { RawError, RawFetchRequest, RawResponse } from "./host/contract.ts";
import { Request } from "./http/request.ts";
import { Response } from "./http/response.ts";
import { Pairs, type PairsInit } from "./pairs.ts";

/** The cases of {@link FetchError}, as in the contract. */
export type FetchErrorCode =
  | "denied"
  | "invalid"
  | "dns"
  | "connect"
  | "tls"
  | "timeout"
  | "too-large"
  | "protocol";

/** Why there is no response. */
export class FetchError extends CallError<FetchErrorCode> {}

function wrap(error: RawError): FetchError {
  const code = error.tag as FetchErrorCode;
  const reason = reasonOf(error);
  const texts = {
    denied: `the request is denied: ${reason}`,
    invalid: `the request is invalid: ${reason}`,
    dns: `the host was not found: ${reason}`,
    connect: `no connection: ${reason}`,
    tls: `no secure connection: ${reason}`,
    timeout: "the request took too long",
    "too-large": "the request or its response is too large",
    protocol: `the response is no HTTP: ${reason}`,
  };
  return new FetchError(code, texts[code], reason);
}

/** How a request is sent. */
export interface FetchInit {
  /** `GET`, if none is given. */
  method?: string | undefined;
  /** The headers, in the order they are sent. */
  headers?: PairsInit | undefined;
  /** The body; no content type is added for it. */
  body?: BytesLike | null | undefined;
  /** A body of JSON; its content type comes before the headers, if they have none. */
  json?: unknown;
  /** Milliseconds for the whole exchange; `undefined`: the limit of flux.toml. */
  timeoutMs?: number | undefined;
  /** A signal that was aborted before keeps the request from being sent. */
  signal?: AbortSignal | null | undefined;
}

/** A request for {@link fetchAll}: where to, and how. */
export type FetchRequest = FetchInit & { url: string };

/** Sends one request. Every status is a response, not an error. */
export async function fetch(input: string | URL | Request, init: FetchInit = {}): Promise<Response> {
  init.signal?.throwIfAborted();
  const raw = input instanceof Request ? await copied(input, init) : lower({ ...init, url: String(input) });
  return respond(await call("fetch", () => host.send(raw), wrap));
}

/** Sends several at once; the results are in the order of the requests, as of `Promise.allSettled`. */
export async function fetchAll(
  requests: readonly (string | FetchRequest)[],
): Promise<PromiseSettledResult<Response>[]> {
  const raw = requests.map((it) => lower(typeof it === "string" ? { url: it } : it));
  const results = await call("fetchAll", () => host.sendAll(raw), wrap);
  return results.map((it) =>
    it.tag === "ok"
      ? { status: "fulfilled", value: respond(it.val) }
      : { status: "rejected", reason: wrap(it.val) },
  );
}

function lower({ url, method = "GET", headers, body, json, timeoutMs }: FetchRequest): RawFetchRequest {
  const given = new Pairs(headers);
  const isTyped = [...given.keys()].some((name) => name.toLowerCase() === "content-type");
  const added: [string, string][] = json === undefined || isTyped ? [] : [["content-type", "application/json"]];
  const bytes = json === undefined ? toBytes(body ?? "") : writeJson(json);
  return { method, url, headers: [...added, ...given], body: bytes, timeoutMs };
}

async function copied(request: Request, init: FetchInit): Promise<RawFetchRequest> {
  const { url, method, headers } = request;
  return lower({ method, headers, body: await request.bytes(), ...init, url });
}

function respond(raw: RawResponse): Response {
  return new Response(raw.body, raw);
}
