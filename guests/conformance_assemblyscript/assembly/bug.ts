/** A bug, for the record of one: its text and its line must be there. */
import { Result, http } from "@flux-run/assemblyscript";

/** Never returns. */
export function fail(): Result<http.Response> {
  throw new Error("a bug of the guest");
}
