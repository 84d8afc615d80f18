import { Fault, http, kv, text } from "../index";
import { answerTo } from "../assembly/http/error";
import { decodeComponent } from "../assembly/http/query";
import { bytes, equal } from "./expect";

export function aProblemIsJsonInAFixedOrder(): void {
  const response = http.Error.notFound("no order `7`").toResponse();
  assert(response.status == 404 && response.headers.length == 1);
  equal(response.headers[0].item0, "content-type");
  equal(response.headers[0].item1, "application/problem+json");
  bytes(response.body, '{"title":"Not Found","status":404,"detail":"no order `7`"}');
}

export function aStatusWithoutANameHasATitle(): void {
  equal(new http.Error(418, "").title, "Client Error");
  equal(new http.Error(599, "").title, "Server Error");
  equal(http.Error.conflict("").withTitle("Twice").title, "Twice");
}

export function whatAnErrorSaysIsNotForTheClient(): void {
  const response = answerTo(kv.Error.denied("secret place"));
  const body = '{"title":"Internal Server Error","status":500,"detail":"the request could not be handled"}';
  bytes(response.body, body);
  bytes(answerTo(http.Error.badRequest("x") as Fault).body, '{"title":"Bad Request","status":400,"detail":"x"}');
}

export function queriesKeepTheirOrderAndEmptyValues(): void {
  const request = new http.Request("GET", "/", "a=1&b&&a=2=3&c=");
  const pairs = request.queryParams().map<string>((pair) => `${pair.item0}:${pair.item1}`);
  equal(pairs.join(" "), "a:1 b: a:2=3 c:");
  equal(request.queryParam("a"), "1");
  equal(request.queryParam("b"), "");
  equal(request.queryParam("d"), null);
  equal(new http.Request("GET", "/").queryParam("a"), null);
}

export function escapesAreDecoded(): void {
  equal(decodeComponent("a+b%20c"), "a b c");
  equal(decodeComponent("%E2%82%AC"), "€");
  equal(decodeComponent("100%"), "100%");
  equal(decodeComponent("%4"), "%4");
  equal(decodeComponent("%zz%41"), "%zzA");
  equal(decodeComponent("%ff"), "\ufffd");
}

export function headersAreFoundWhateverTheirCase(): void {
  const response = new http.Response(200).header("x-a", "1").header("X-A", "2");
  const request = new http.Request("GET", "/", null, response.headers);
  equal(request.header("X-a"), "1");
  equal(request.header("x-b"), null);
}

export function aBodyThatIsNotAsExpectedIsA400(): void {
  const request = new http.Request("POST", "/").withBody(text.encode('{"a":1,}'));
  const error = request.json().error as http.Error;
  assert(error.status == 400);
  equal(error.detail, "the body is not as expected: a name was expected at position 7");
  const bytes = new Uint8Array(1);
  bytes[0] = 0xff;
  assert((request.withBody(bytes).text().error as http.Error).status == 400);
}
