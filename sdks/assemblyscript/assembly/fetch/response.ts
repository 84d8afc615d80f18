import { Pair, findHeader } from "../http/headers";
import * as json from "../json/index";
import { Result } from "../result";
import { decode } from "../text";

/** A response of any status. */
export class Response {
  constructor(
    /** The status. */
    public status: u16,
    /** The headers, in the order received. */
    public headers: Array<Pair>,
    /** The body; empty if there is none. */
    public body: Uint8Array,
  ) {}

  /** Whether the status is 200 to 299. */
  get isSuccess(): bool {
    return this.status >= 200 && this.status < 300;
  }

  /** The first header of this name, whatever its case; null if there is none. */
  header(name: string): string | null {
    return findHeader(this.headers, name);
  }

  /** The body as text; null if it is no UTF-8. */
  text(): string | null {
    return decode(this.body);
  }

  /** The body as JSON. */
  json(): Result<json.Value, json.Error> {
    return json.parse(this.body);
  }
}
