import assert from "node:assert/strict";
import { test } from "node:test";
import { Headers, HttpError, Request, Response, Router } from "../src/index.ts";

const text = (response: Response): Promise<string> => response.text();

test("absent is not empty", () => {
  const request = new Request("/a?empty=&flag", { headers: { "x-empty": "" } });
  assert.equal(request.searchParams.get("empty"), "");
  assert.equal(request.searchParams.get("flag"), "");
  assert.equal(request.searchParams.get("none"), undefined);
  assert.equal(request.headers.get("X-Empty"), "");
  assert.equal(request.headers.get("x-none"), undefined);
  assert.equal(new Request("/a?").query, "");
  assert.equal(new Request("/a").query, undefined);
});

test("query parameters are decoded in their order", () => {
  const { searchParams } = new Request("/?a=1+2&a=%C3%A9&%62=%zz&c=%ff&");
  assert.deepEqual([...searchParams], [["a", "1 2"], ["a", "é"], ["b", "%zz"], ["c", "\ufffd"]]);
  assert.deepEqual(searchParams.getAll("a"), ["1 2", "é"]);
});

test("a URL has its parts", () => {
  const request = new Request("https://example.org:8080/a/b?c=d#e");
  assert.deepEqual([request.path, request.query], ["/a/b", "c=d"]);
  assert.equal(request.url, "https://example.org:8080/a/b?c=d");
  assert.equal(new Request("/a", { headers: { host: "example.org" } }).url, "http://example.org/a");
});

test("headers keep their order and their case, and are found whatever that is", () => {
  const headers = new Headers([["B", "1"], ["a", "2"], ["b", "3"]]);
  headers.set("b", "4");
  headers.append("A", "5");
  assert.deepEqual([...headers], [["b", "4"], ["a", "2"], ["A", "5"]]);
  headers.delete("a");
  assert.deepEqual([...headers], [["b", "4"]]);
});

test("an error is a problem as JSON in a fixed order", async () => {
  const response = HttpError.notFound("no order `7`").toResponse();
  assert.equal(response.status, 404);
  assert.deepEqual([...response.headers], [["content-type", "application/problem+json"]]);
  assert.equal(await text(response), '{"title":"Not Found","status":404,"detail":"no order `7`"}');
  const odd = new HttpError(418, 'é "quoted" \u2028 \u0001', { title: "Teapot" }).toResponse();
  assert.equal(await text(odd), '{"title":"Teapot","status":418,"detail":"é \\"quoted\\" \u2028 \\u0001"}');
});

test("a body that is not as expected is a 400", async () => {
  const isBadRequest = (error: unknown) => error instanceof HttpError && error.status === 400;
  await assert.rejects(new Request("/", { body: "{" }).json(), isBadRequest);
  await assert.rejects(new Request("/", { body: Uint8Array.of(0xff) }).text(), isBadRequest);
});

test("a content type that is given is the only one", () => {
  const headers = { "Content-Type": "application/vnd.api+json" };
  assert.deepEqual([...Response.json({}, { headers }).headers], [["Content-Type", "application/vnd.api+json"]]);
});

test("a route is found by method and path, the first that fits", async () => {
  const routes = new Router()
    .get("/orders/new", () => Response.text("new"))
    .get("/orders/{id}/{part}", (_, { id, part }) => Response.text(`${id} ${part}`))
    .get("/orders/{id}", (_, { id }) => Response.text(id))
    .on("PATCH", "/orders/{id}", () => new Response(null, { status: 204 }));
  const get = async (path: string) => text(await routes.fetch(new Request(path)));
  assert.equal(await get("/orders/new"), "new");
  assert.equal(await get("/orders/a%20b?x"), "a%20b");
  assert.equal(await get("/orders/7/items"), "7 items");
  assert.equal((await routes.fetch(new Request("/orders/7", { method: "PATCH" }))).status, 204);
  const decoded = new Request("/orders/a%20b", { params: { id: "a b" } });
  assert.equal(await text(await routes.fetch(decoded)), "a b");
  for (const missing of [new Request("/orders"), new Request("/orders/7", { method: "PUT" })]) {
    await assert.rejects(routes.fetch(missing), /there is nothing at this path/);
  }
});
