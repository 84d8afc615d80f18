import { writeJson } from "../bytes.ts";
import { Response } from "./response.ts";

const titles: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  423: "Locked",
  424: "Failed Dependency",
  425: "Too Early",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  451: "Unavailable For Legal Reasons",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  506: "Variant Also Negotiates",
  507: "Insufficient Storage",
  508: "Loop Detected",
  511: "Network Authentication Required",
};

/**
 * An error that is an answer: a problem of RFC 9457 as JSON. Throw it in a handler.
 *
 * ```ts
 * throw HttpError.notFound(`there is no order ${id}`);
 * ```
 */
export class HttpError extends Error {
  /** The status the client gets. */
  readonly status: number;
  /** The title the client gets: the status's usual name, if no other is given. */
  readonly title: string;
  /** The text the client gets. */
  readonly detail: string;

  constructor(status: number, detail: string, options?: { title?: string; cause?: unknown }) {
    super(detail, options);
    this.name = "HttpError";
    this.status = status;
    this.detail = detail;
    this.title = options?.title ?? titles[status] ?? (status < 500 ? "Client Error" : "Server Error");
  }

  /** 400: the request is not what it should be. */
  static badRequest(detail: string): HttpError {
    return new HttpError(400, detail);
  }

  /** 404: there is no such thing. */
  static notFound(detail: string): HttpError {
    return new HttpError(404, detail);
  }

  /** 409: it does not fit what is there. */
  static conflict(detail: string): HttpError {
    return new HttpError(409, detail);
  }

  /** 422: well formed, and yet not valid. */
  static unprocessable(detail: string): HttpError {
    return new HttpError(422, detail);
  }

  /** 502: another service failed. */
  static badGateway(detail: string): HttpError {
    return new HttpError(502, detail);
  }

  /** The answer. */
  toResponse(): Response {
    const { title, status, detail } = this;
    const headers = { "content-type": "application/problem+json" };
    return new Response(writeJson({ title, status, detail }), { status, headers });
  }
}
