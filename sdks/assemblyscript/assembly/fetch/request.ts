import * as host from "../generated/fetch";
import { Tuple2 } from "../generated/tuples";
import { Pair } from "../http/headers";
import * as json from "../json/index";
import { Result, Some } from "../result";
import { Error } from "./error";
import { Response } from "./response";

/** A request to send. */
export class Request {
  constructor(
    /** The method, in upper case. */
    public method: string,
    /** An absolute http or https URL. */
    public url: string,
    /** The headers, in the order they are sent. */
    public headers: Array<Pair> = [],
    /** The body; empty if there is none. */
    public body: Uint8Array = new Uint8Array(0),
    /** Milliseconds for the whole exchange; null: the limit of flux.toml. */
    public timeoutMs: Some<u32> | null = null,
  ) {}

  /** A GET request. */
  static get(url: string): Request {
    return new Request("GET", url);
  }

  /** A POST request. */
  static post(url: string): Request {
    return new Request("POST", url);
  }

  /** A PUT request. */
  static put(url: string): Request {
    return new Request("PUT", url);
  }

  /** A DELETE request. */
  static delete(url: string): Request {
    return new Request("DELETE", url);
  }

  /** Adds a header. */
  header(name: string, value: string): Request {
    this.headers.push(new Tuple2<string, string>(name, value));
    return this;
  }

  /** Sets the body. */
  withBody(body: Uint8Array): Request {
    this.body = body;
    return this;
  }

  /** Sets a JSON body and its content type. */
  json<T>(value: T): Request {
    return this.header("content-type", "application/json").withBody(json.stringify<T>(value));
  }

  /** Limits the whole exchange, in milliseconds. */
  timeout(millis: u32): Request {
    this.timeoutMs = new Some<u32>(millis);
    return this;
  }

  /** Sends it. Every status is a response, not an error. */
  send(): Result<Response, Error> {
    return host.send(this);
  }
}
