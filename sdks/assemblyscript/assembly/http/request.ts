import * as json from "../json/index";
import { Result, ok } from "../result";
import { decode } from "../text";
import { Error } from "./error";
import { Pair, findHeader } from "./headers";
import { parseQuery } from "./query";

/** A request to answer. */
export class Request {
  constructor(
    /** The method, in upper case. */
    public method: string,
    /** Starts with a slash, percent-encoding kept. */
    public path: string,
    /** What follows the question mark; null: there is none. */
    public query: string | null = null,
    /** Names in lower case; equal names stand together, their values in the order received. */
    public headers: Array<Pair> = [],
    /** The body; empty if there is none. */
    public body: Uint8Array = new Uint8Array(0),
    /** The route's path parameters, percent-decoded. */
    public params: Array<Pair> = [],
  ) {}

  /** Sets the body: for tests, since the host's requests have theirs. */
  withBody(body: Uint8Array): Request {
    this.body = body;
    return this;
  }

  /** A path parameter of the route; null if the route has none of this name. */
  param(name: string): string | null {
    for (let index = 0; index < this.params.length; ++index) {
      if (this.params[index].item0 == name) return this.params[index].item1;
    }
    return null;
  }

  /** The first header of this name, whatever its case; null if there is none. */
  header(name: string): string | null {
    return findHeader(this.headers, name);
  }

  /** The first query parameter of this name, decoded. `?name=` is "", not null. */
  queryParam(name: string): string | null {
    const pairs = this.queryParams();
    for (let index = 0; index < pairs.length; ++index) {
      if (pairs[index].item0 == name) return pairs[index].item1;
    }
    return null;
  }

  /** All query parameters in their order, decoded. */
  queryParams(): Array<Pair> {
    const query = this.query;
    return query ? parseQuery(query) : [];
  }

  /** The body as JSON; a body that is none is a 400. */
  json(): Result<json.Value> {
    const parsed = json.parse(this.body);
    if (!parsed.failed) return ok(parsed.value);
    const why = `the body is not as expected: ${parsed.error.toString()}`;
    return Error.badRequest(why).fail<json.Value>();
  }

  /** The body as text; one that is no UTF-8 is a 400. */
  text(): Result<string> {
    const text = decode(this.body);
    if (text === null) return Error.badRequest("the body is not UTF-8").fail<string>();
    return ok<string>(text);
  }
}
