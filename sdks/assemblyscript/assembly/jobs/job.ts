import * as json from "../json/index";
import { Result, ok } from "../result";
import { Failure } from "./failure";

/** A job to be run. */
export class Job {
  constructor(
    /** The id that sending it returned. */
    public id: string,
    /** The queue it was sent to. */
    public queue: string,
    /** What was sent. */
    public payload: Uint8Array,
    /** 1 for the first try. */
    public attempt: u32,
  ) {}

  /** The payload as JSON. One that is none is discarded: it never will be. */
  json(): Result<json.Value> {
    const parsed = json.parse(this.payload);
    if (!parsed.failed) return ok(parsed.value);
    const why = `the payload is not as expected: ${parsed.error.toString()}`;
    return Failure.discard(why).fail<json.Value>();
  }
}
