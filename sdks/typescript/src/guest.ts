/** What a component exports, made of a handler. `flux build` writes the module that calls this. */

import { begin, chain, FluxError } from "./errors.ts";
import type { Handler } from "./handler.ts";
import type { RawJob, RawRequest, RawResponse } from "./host/contract.ts";
import { HttpError } from "./http/error.ts";
import { Request } from "./http/request.ts";
import { Response } from "./http/response.ts";
import { Job, JobFailure } from "./job.ts";
import * as log from "./log.ts";
import { crashed, fail } from "./runtime/fail.ts";

/** The interface `http-handler`. */
export function httpHandler({ fetch }: Required<Pick<Handler, "fetch">>) {
  return {
    async handle(raw: RawRequest): Promise<RawResponse> {
      begin();
      try {
        return await lower(await Promise.race([fetch(new Request(raw)), crashed]));
      } catch (error) {
        return lower(answer(error));
      }
    },
  };
}

/** The interface `job-handler`. */
export function jobHandler({ job }: Required<Pick<Handler, "job">>) {
  return {
    async run(raw: RawJob): Promise<void> {
      begin();
      try {
        await Promise.race([job(new Job(raw)), crashed]);
      } catch (error) {
        // The bindings take this for the error of the result.
        throw { payload: failure(error) };
      }
    },
  };
}

/** The answer to an error. What an error of a host call says is for the log, not for the client. */
function answer(error: unknown): Response {
  if (error instanceof HttpError) {
    if (error.cause !== undefined) log.error("the handler failed", { error: chain(error.cause) });
    return error.toResponse();
  }
  if (error instanceof FluxError) {
    log.error("the handler failed", { error: chain(error) });
    return new HttpError(500, "the request could not be handled").toResponse();
  }
  return fail(error);
}

function failure(error: unknown): { tag: "retry" | "discard"; val: string } {
  if (error instanceof JobFailure) return { tag: error.code, val: error.message };
  if (error instanceof FluxError) return { tag: "retry", val: chain(error) };
  // Where no request is answered, a status says nothing: what it is about does.
  if (error instanceof HttpError) return { tag: "retry", val: error.detail };
  return fail(error);
}

async function lower(response: Response): Promise<RawResponse> {
  const { status, headers } = response;
  return { status, headers: [...headers], body: await bodyOf(response) };
}

/** A library may have made the web's own response, which has no `bytes` in every engine. */
async function bodyOf(response: Response): Promise<Uint8Array> {
  return response instanceof Response
    ? response.bytes()
    : new Uint8Array(await (response as Response).arrayBuffer());
}
