import { Tuple2 } from "../generated/tuples";
import * as json from "../json/index";
import { encode } from "../text";
import { Pair } from "./headers";

/** The answer to a request. */
export class Response {
  constructor(
    /** The status. */
    public status: u16,
    /** The headers, in the order they are sent. */
    public headers: Array<Pair> = [],
    /** The body; empty if there is none. */
    public body: Uint8Array = new Uint8Array(0),
  ) {}

  /** A response of plain text. */
  static text(status: u16, text: string): Response {
    const response = new Response(status).header("content-type", "text/plain; charset=utf-8");
    return response.withBody(encode(text));
  }

  /** A response of JSON: any value that `json.Writer.value` takes. */
  static json<T>(status: u16, value: T): Response {
    const response = new Response(status).header("content-type", "application/json");
    return response.withBody(json.stringify<T>(value));
  }

  /** Adds a header. */
  header(name: string, value: string): Response {
    this.headers.push(new Tuple2<string, string>(name, value));
    return this;
  }

  /** Sets the body. */
  withBody(body: Uint8Array): Response {
    this.body = body;
    return this;
  }
}
