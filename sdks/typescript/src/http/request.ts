import { type BytesLike, parseJson, toText } from "../bytes.ts";
import type { RawRequest } from "../host/contract.ts";
import { Pairs, type PairsInit } from "../pairs.ts";
import { Body } from "./body.ts";
import { HttpError } from "./error.ts";
import { Headers } from "./headers.ts";
import { queryPairs } from "./query.ts";

/** What a request is made of, beside its URL. */
export interface RequestInit {
  /** `GET`, if none is given. */
  method?: string;
  /** The headers, in the order they are sent. */
  headers?: PairsInit;
  /** The body; no content type is added for it. */
  body?: BytesLike | null;
  /** The route's path parameters, for a request that a test makes. */
  params?: PairsInit;
}

/**
 * A request to answer. It has the names and methods of the web's own `Request`, is made without
 * parsing anything, and has what a route adds: {@link params} and {@link query}.
 */
export class Request extends Body {
  /** The method, in upper case. */
  readonly method: string;
  /** Starts with a slash, percent-encoding kept. */
  readonly path: string;
  /** What follows the question mark; `undefined` if there is none, which is not the same as empty. */
  readonly query: string | undefined;
  /** Names in lower case; equal names stand together, their values in the order received. */
  readonly headers: Headers;
  /** The route's path parameters, percent-decoded. */
  readonly params: Pairs;
  #origin: string | undefined;
  #searchParams: Pairs | undefined;

  /** A request to a URL, or to a path such as `/orders?limit=5`. The host gives one in its parts. */
  constructor(url: string | RawRequest, init: RequestInit = {}) {
    const raw = typeof url === "string" ? undefined : url;
    super((raw ?? init).body);
    const { origin, path, query } = raw ? { ...raw, origin: undefined } : parts(url as string);
    this.#origin = origin;
    this.path = path;
    this.query = query;
    this.method = (raw ?? init).method ?? "GET";
    this.headers = new Headers((raw ?? init).headers);
    this.params = new Pairs((raw ?? init).params);
  }

  /** The whole URL, with the host that the client asked for. */
  get url(): string {
    const origin = this.#origin ?? `http://${this.headers.get("host") ?? "localhost"}`;
    return origin + this.path + (this.query === undefined ? "" : `?${this.query}`);
  }

  /** All query parameters in their order, decoded. `?name=` is `""`, not `undefined`. */
  get searchParams(): Pairs {
    return (this.#searchParams ??= new Pairs(queryPairs(this.query ?? "")));
  }

  /** The body as text; one that is no UTF-8 is a 400. */
  override async text(): Promise<string> {
    try {
      return toText(await this.bytes());
    } catch {
      throw HttpError.badRequest("the body is not UTF-8");
    }
  }

  /** The body as JSON; a body that is none is a 400. What it holds is for the handler to check. */
  override async json<T = unknown>(): Promise<T> {
    try {
      return parseJson(await this.bytes()) as T;
    } catch (error) {
      throw HttpError.badRequest(`the body is not as expected: ${(error as Error).message}`);
    }
  }
}

interface Parts {
  origin: string | undefined;
  path: string;
  query: string | undefined;
}

function parts(url: string): Parts {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url);
  const [rest] = url.slice(scheme?.[0].length ?? 0).split("#", 1) as [string];
  const at = rest.indexOf("?");
  const path = at < 0 ? rest : rest.slice(0, at);
  const query = at < 0 ? undefined : rest.slice(at + 1);
  return { origin: scheme?.[0], path: path === "" ? "/" : path, query };
}
