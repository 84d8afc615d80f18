import { json, text } from "../index";
import { formatNumber } from "../assembly/json/number";
import { bytes, equal } from "./expect";

function parse(source: string): json.Value {
  return json.parse(text.encode(source)).value;
}

function refused(source: string): string {
  return json.parse(text.encode(source)).error.toString();
}

/** What is read is written again. */
function same(source: string): void {
  bytes(json.stringify(parse(source)), source);
}

export function whatWasReadIsWrittenAgain(): void {
  same("null");
  same('[true,false,[],{},[[1]],"",0,-1,9223372036854775807,-9223372036854775808]');
  same('{"b":1,"a":{"c":[{"d":"e"}]},"":null}');
  same('"é€🦀\u2028\u007f"');
  same('"\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f"');
  same("[1.5,-0.0,1e30,1e-7]");
}

export function blanksAndEscapesAreRead(): void {
  bytes(json.stringify(parse(' \t\r\n{ "a" : [ 1 , 2 ] } ')), '{"a":[1,2]}');
  equal(parse('"\\u00e9\\u20AC\\ud83e\\udd80\\/"').asText(), "é€🦀/");
}

export function theLastOfTwoFieldsOfOneNameIsTheField(): void {
  bytes(json.stringify(parse('{"a":1,"b":2,"a":3}')), '{"a":3,"b":2}');
}

export function integersAreExact(): void {
  const number = parse("9007199254740993");
  assert(number.asInteger()!.value == 9007199254740993);
  assert(number.asNumber()!.value == 9007199254740992.0);
  assert(parse("9223372036854775808").asInteger() === null);
  assert(parse("-0").asInteger() === null && parse("1.0").asInteger() === null && parse("1e2").asInteger() === null);
  assert(parse("-0").asNumber()!.value == 0);
}

export function anotherKindIsNull(): void {
  const value = parse('{"text":"a","none":null}');
  assert(value.asText() === null && value.asList() === null && value.asBoolean() === null);
  assert(value.get("gone") === null && value.get("none")!.kind == json.Kind.Null);
  equal(value.textOf("text"), "a");
  equal(value.textOf("none"), null);
}

export function onlyJsonIsRead(): void {
  const sources = [
    "", " ", "nul", "truee", "[1,]", "[,1]", "[1 2]", "[", "{", '{"a"}', '{"a":}', '{"a":1,}', "{a:1}", "'a'",
    "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "Infinity", "1e400", "1 2", '"', '"\\x"', '"\\u12"',
    '"\\ud800"', '"\\udc00"', '"\\ud800\\u0041"', '"\n"', "[1]]", "//", "\ufeff1",
  ];
  for (let index = 0; index < sources.length; ++index) {
    assert(json.parse(text.encode(sources[index])).failed, sources[index]);
  }
  const bytes = text.encode('"é"');
  assert(json.parse(bytes.subarray(0, 2)).failed);
}

export function anErrorTellsItsPlace(): void {
  equal(refused("[1,]"), "a value was expected at position 3");
  equal(refused('{"a":1} x'), "there is more after the value at position 8");
}

export function nestingHasALimit(): void {
  same("[".repeat(127) + "]".repeat(127));
  equal(refused("[".repeat(128) + "]".repeat(128)), "the value is nested too deeply at position 127");
}

class Point implements json.ToJson {
  constructor(
    readonly x: i32,
    readonly y: f64,
  ) {}

  toJson(writer: json.Writer): void {
    writer.object().field("x", this.x).field("y", this.y).end();
  }
}

export function valuesOfAllTypesAreWritten(): void {
  const writer = new json.Writer();
  writer.object().field("text", "a").field("yes", true).field("small", <u8>255).field("big", u64.MAX_VALUE);
  writer.field("list", [1, 2]).field("points", [new Point(-1, 0.5), new Point(2, 3)]);
  writer.field<string | null>("none", null).field("nan", NaN).key("nested").list().list().end().nothing().end().end();
  const expected =
    '{"text":"a","yes":true,"small":255,"big":18446744073709551615,"list":[1,2],' +
    '"points":[{"x":-1,"y":0.5},{"x":2,"y":3.0}],"none":null,"nan":null,"nested":[[],null]}';
  bytes(writer.bytes(), expected);
}

export function manyBytesAreWritten(): void {
  const long = "é".repeat(100000);
  bytes(json.stringify(long), `"${long}"`);
}

export function numbersAreWrittenAsInEveryLanguage(): void {
  const numbers: f64[] = [0, -0, 1, -1.5, 0.1, 100, 1e15, 1e16, 123456789012345680, 1e17, 1e21, 1e30, 0.001];
  const smaller: f64[] = [0.00001, 0.000001, 1.5e-7, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308];
  const texts = numbers.concat(smaller).map<string>((number) => formatNumber(number)).join(" ");
  const expected =
    "0.0 -0.0 1.0 -1.5 0.1 100.0 1000000000000000.0 1e16 1.2345678901234568e17 1e17 1e21 1e30 0.001 " +
    "0.00001 1e-6 1.5e-7 5e-324 2.2250738585072014e-308 1.7976931348623157e308";
  equal(texts, expected);
}
