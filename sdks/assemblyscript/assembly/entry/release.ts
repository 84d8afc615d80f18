/** After the host has read what a handler returned. */
import * as abi from "../abi";

/** Gives its memory back; the address of it all is not needed. */
export function release(_: i32): void {
  abi.release();
}
