import * as json from "../json/index";
import * as log from "../log";
import { Fault, Result } from "../result";
import { Response } from "./response";

/**
 * An error as the client sees it: a problem of RFC 9457 as JSON.
 *
 * Any other fault that a handler returns is answered with a 500. What it says goes to the log and not to
 * the client, who has no use for the names of tables.
 */
export class Error extends Fault {
  /** The status's usual name, unless the handler gives it another. */
  title: string;

  /** An error with any status. */
  constructor(
    /** The status the client gets. */
    readonly status: u16,
    /** The text the client gets. */
    readonly detail: string,
  ) {
    super();
    this.title = titleOf(status);
  }

  /** 400: the request is not what it should be. */
  static badRequest(detail: string): Error {
    return new Error(400, detail);
  }

  /** 404: there is no such thing. */
  static notFound(detail: string): Error {
    return new Error(404, detail);
  }

  /** 409: it does not fit what is there. */
  static conflict(detail: string): Error {
    return new Error(409, detail);
  }

  /** 422: well formed, and yet not valid. */
  static unprocessable(detail: string): Error {
    return new Error(422, detail);
  }

  /** 502: another service failed. */
  static badGateway(detail: string): Error {
    return new Error(502, detail);
  }

  /** Gives it another title. */
  withTitle(title: string): Error {
    this.title = title;
    return this;
  }

  /** The result of a function that ends with this error. */
  fail<T>(): Result<T> {
    return Result.err<T>(this);
  }

  toString(): string {
    return `${this.title}: ${this.detail}`;
  }

  /** What the client gets. */
  toResponse(): Response {
    const writer = new json.Writer();
    writer.object().field("title", this.title).field("status", this.status).field("detail", this.detail).end();
    const response = new Response(this.status).header("content-type", "application/problem+json");
    return response.withBody(writer.bytes());
  }
}

/** The answer to a request whose handler failed. */
export function answerTo(fault: Fault): Response {
  if (fault instanceof Error) return (fault as Error).toResponse();
  log.error("the handler failed", [log.field("error", fault.toString())]);
  return new Error(500, "the request could not be handled").toResponse();
}

function titleOf(status: u16): string {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 423: return "Locked";
    case 424: return "Failed Dependency";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 506: return "Variant Also Negotiates";
    case 507: return "Insufficient Storage";
    case 508: return "Loop Detected";
    case 511: return "Network Authentication Required";
    default: return status < 500 ? "Client Error" : "Server Error";
  }
}
