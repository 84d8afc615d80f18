import { allocate, cabi_realloc, liftText, lowerText, release } from "../assembly/abi";
import { equal } from "./expect";

export function whatWasAllocatedIsAlignedAndDoesNotOverlap(): void {
  for (let round = 0; round < 3; ++round) {
    const one = allocate(3, 1);
    const two = allocate(8, 8);
    const three = allocate(1, 1);
    assert(two % 8 == 0 && two >= one + 3 && three == two + 8);
    release();
  }
}

export function theFirstChunkIsUsedAgainAfterLargerOnes(): void {
  const first = allocate(1, 1);
  const large = allocate(100000, 8);
  memory.fill(large, 1, 100000);
  allocate(1000000, 8);
  release();
  assert(allocate(1, 1) == first);
  release();
}

export function nothingHasAnAlignedAddress(): void {
  assert(allocate(0, 8) == 8);
}

export function aBlockThatGrowsKeepsItsBytes(): void {
  const small = cabi_realloc(0, 0, 1, 2);
  store<u16>(small, 0x1234);
  assert(cabi_realloc(small, 2, 1, 1) == small);
  const grown = cabi_realloc(small, 2, 2, 20000);
  assert(grown != small && load<u16>(grown) == 0x1234);
  release();
}

export function aTextCrossesWhereItIs(): void {
  const text = "é€🦀";
  assert(lowerText(text) == <i32>changetype<usize>(text));
}

export function aLoneSurrogateIsReplaced(): void {
  const text = String.fromCharCodes([0x61, 0xd800, 0x62, 0xdc00, 0xd83e, 0xdd80, 0xd83e]);
  const at = lowerText(text);
  equal(liftText(at, text.length), "a\ufffdb\ufffd🦀\ufffd");
  release();
}
