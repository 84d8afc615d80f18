import { random } from "../index";
import { equal } from "./expect";

export function aUuidHasItsVersionAndVariant(): void {
  const bytes = new Uint8Array(16);
  equal(random.uuidOf(bytes), "00000000-0000-4000-8000-000000000000");
  bytes.fill(0xff);
  equal(random.uuidOf(bytes), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}
