/** Between the guest's `handle` and the glue. */
import { Response } from "../http/response";
import { answerTo } from "../http/error";
import { Result } from "../result";

/** The response of what the guest's function returned: a `Response`, or a `Result` of it. */
export function answer<R>(returned: R): Response {
  if (returned instanceof Response) return returned;
  if (returned instanceof Result<Response>) {
    return returned.failed ? answerTo(returned.error) : returned.value;
  }
  return ERROR("handle must return a Response or a Result<Response>");
}
