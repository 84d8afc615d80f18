import { type BytesLike, readJson, toText, writeJson } from "../bytes.ts";
import { JsonError } from "../errors.ts";
import type { PairsInit } from "../pairs.ts";
import { Body } from "./body.ts";
import { Headers } from "./headers.ts";

/** What a response has beside its body. */
export interface ResponseInit {
  /** 200, if none is given. */
  status?: number;
  /** The headers, in the order they are sent. */
  headers?: PairsInit;
}

/**
 * The answer to a request, also to one that the guest has sent. It has the names and methods of the
 * web's own `Response`; its headers keep their order, and the constructor adds none.
 */
export class Response extends Body {
  /** The status. */
  readonly status: number;
  /** The headers, in the order they are sent or were received. */
  readonly headers: Headers;

  constructor(body?: BytesLike | null, init: ResponseInit = {}) {
    super(body);
    this.status = init.status ?? 200;
    this.headers = new Headers(init.headers);
  }

  /** A response of JSON; headers that are given come after the content type. */
  static json(value: unknown, init?: ResponseInit): Response {
    return typed(writeJson(value), "application/json", init);
  }

  /** A response of plain text; headers that are given come after the content type. */
  static text(text: string, init?: ResponseInit): Response {
    return typed(text, "text/plain; charset=utf-8", init);
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The body as text; rejects with a {@link JsonError} if it is no UTF-8. */
  override async text(): Promise<string> {
    try {
      return toText(await this.bytes());
    } catch (error) {
      throw new JsonError(error);
    }
  }

  /** The body as JSON; rejects with a {@link JsonError} if it is none. */
  override async json<T = unknown>(): Promise<T> {
    return readJson(await this.bytes()) as T;
  }
}

function typed(body: BytesLike, type: string, init: ResponseInit | undefined): Response {
  const given = new Headers(init?.headers);
  const headers: [string, string][] = given.has("content-type") ? [] : [["content-type", type]];
  return new Response(body, { ...init, headers: [...headers, ...given] });
}
