/** A bug, for the record of one: its text and its line must be there. */

/** Never returns. */
export async function fail(): Promise<never> {
  throw new TypeError("a bug of the guest");
}
