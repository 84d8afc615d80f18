import * as json from "../json/index";
import { Result } from "../result";
import { decode } from "../text";

/** A value, and its version for compare-and-swap. */
export class Entry {
  constructor(
    /** The value. */
    public value: Uint8Array,
    /** What `SetOptions.ifVersion` takes. */
    public version: string,
  ) {}

  /** The value as text; null if it is no UTF-8. */
  text(): string | null {
    return decode(this.value);
  }

  /** The value as JSON. */
  json(): Result<json.Value, json.Error> {
    return json.parse(this.value);
  }
}
