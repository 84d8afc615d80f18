/** Outgoing HTTP. The hosts that may be reached are listed in `flux.toml`. */
import * as host from "../generated/fetch";
import { Result } from "../result";
import { Error } from "./error";
import { Request } from "./request";
import { Response } from "./response";

export { Error, ErrorKind } from "./error";
export { Request } from "./request";
export { Response } from "./response";

/** Sends one request. Every status is a response, not an error. */
export function send(request: Request): Result<Response, Error> {
  return host.send(request);
}

/** Sends several at once; the results are in the order of the requests. */
export function sendAll(requests: Array<Request>): Array<Result<Response, Error>> {
  return host.sendAll(requests);
}
