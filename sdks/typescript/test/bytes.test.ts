import assert from "node:assert/strict";
import { test } from "node:test";
import { readJson, toBytes, toText, writeJson } from "../src/bytes.ts";
import { JsonError } from "../src/index.ts";

const written = (value: unknown): string => toText(writeJson(value));

test("a bigint is written with all its digits", () => {
  assert.equal(written({ n: 2n ** 64n - 1n, list: [-(2n ** 63n)] }), '{"n":18446744073709551615,"list":[-9223372036854775808]}');
});

test("a text is never taken for a bigint, whatever it holds", () => {
  const text = "\ue000flux-bigint:5";
  assert.equal(written([text, 6n]), `[${JSON.stringify(text)},6]`);
  assert.equal(written({ [text]: 6n }), `{${JSON.stringify(text)}:6}`);
});

test("what cannot be JSON is an error that says so", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  for (const value of [undefined, () => {}, circle]) {
    assert.throws(() => writeJson(value), JsonError);
  }
  assert.throws(() => readJson(toBytes("{")), JsonError);
});

test("bytes that are no UTF-8 are refused, and a byte order mark stays", () => {
  assert.throws(() => toText(Uint8Array.of(0xff)));
  assert.equal(toText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), "\ufeffa");
  assert.deepEqual(toBytes("é"), Uint8Array.of(0xc3, 0xa9));
});
