/** The types of the HTTP handler themselves. */

import { HttpError, type Request, Response } from "@flux-run/sdk";
import { Report } from "./canonical.ts";

/** What JSON has to escape, and what it has not. */
export const detail = 'é€🦀 "quoted" back\\slash /slash <&> \u2028 \u0001\u007f\n\t';

/** The request, as it was lifted. */
export async function describe(request: Request): Promise<Response> {
  const report = new Report();
  report.line("http", "method", request.method);
  report.line("http", "path", request.path);
  report.line("http", "query", request.query);
  report.line("http", "headers", request.headers);
  report.line("http", "body", await request.bytes());
  report.line("http", "params", request.params);
  return report.respond();
}

/** A response of the request's own headers and body, with the status that its parameter says. */
export async function mirror(request: Request): Promise<Response> {
  const status = request.params.get("status") ?? "";
  if (!/^[0-9]+$/.test(status)) throw HttpError.badRequest("which status?");
  return new Response(await request.bytes(), { status: Number(status), headers: request.headers });
}
