/** Where `Math.random` begins. */
import { number } from "../random";

/** From the host's generator, whose seed is recorded. */
export function seed(): f64 {
  return reinterpret<f64>(number());
}
