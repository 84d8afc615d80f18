import { text } from "../index";
import { equal } from "./expect";

function bytes(values: u8[]): Uint8Array {
  const bytes = new Uint8Array(values.length);
  for (let index = 0; index < values.length; ++index) bytes[index] = values[index];
  return bytes;
}

export function textsGoBothWays(): void {
  const texts = ["", "a", "é€🦀\0", "\u{10ffff}", "a".repeat(10000)];
  for (let index = 0; index < texts.length; ++index) {
    equal(text.decode(text.encode(texts[index])), texts[index]);
  }
}

export function whatIsNoUtf8IsNull(): void {
  const wrong: u8[][] = [[0x80], [0xc0, 0x80], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf5], [0xe2, 0x82]];
  for (let index = 0; index < wrong.length; ++index) {
    equal(text.decode(bytes(wrong[index])), null);
  }
}

export function whatIsNoUtf8IsReplacedAsBrowsersDo(): void {
  equal(text.decodeLossy(bytes([0x61, 0xff, 0x62])), "a\ufffdb");
  equal(text.decodeLossy(bytes([0xe2, 0x82, 0x61])), "\ufffda");
  equal(text.decodeLossy(bytes([0xed, 0xa0, 0x80])), "\ufffd\ufffd\ufffd");
  equal(text.decodeLossy(bytes([0xf0, 0x9f, 0xa6])), "\ufffd");
}

export function onlyDigitsAreANumber(): void {
  assert(text.integer("12")!.value == 12 && text.integer("+12")!.value == 12 && text.integer("-012")!.value == -12);
  assert(text.integer("9223372036854775807")!.value == i64.MAX_VALUE);
  assert(text.integer("-9223372036854775808")!.value == i64.MIN_VALUE);
  const wrong = ["", "+", "-", "12x", " 12", "12 ", "1.0", "1e2", "0x1", "--1", "9223372036854775808", "١"];
  for (let index = 0; index < wrong.length; ++index) {
    assert(text.integer(wrong[index]) === null, wrong[index]);
  }
}
