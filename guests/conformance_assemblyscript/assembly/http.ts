/** The types of the HTTP handler themselves. */
import { Result, Some, http, ok, text } from "@flux-run/assemblyscript";
import { Report } from "./canonical";

/** What JSON has to escape, and what it has not. */
export const DETAIL = 'é€🦀 "quoted" back\\slash /slash <&> \u2028 \u0001\u007f\n\t';

/** The request, as it was lifted. */
export function describe(request: http.Request): http.Response {
  const report = new Report();
  report.line("http", "method", request.method);
  report.line("http", "path", request.path);
  report.line("http", "query", request.query);
  report.line("http", "headers", request.headers);
  report.line("http", "body", request.body);
  report.line("http", "params", request.params);
  return report.respond();
}

/** A response of the request's own headers and body, with the status that its parameter says. */
export function mirror(request: http.Request): Result<http.Response> {
  const param = request.param("status");
  const status: Some<i64> | null = param === null ? null : text.integer(param);
  if (status === null || status.value < 0 || status.value > <i64>u16.MAX_VALUE) {
    return http.Error.badRequest("which status?").fail<http.Response>();
  }
  return ok(new http.Response(<u16>status.value, request.headers, request.body));
}
