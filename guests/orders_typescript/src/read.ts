/** Reading orders. */

import { HttpError, type Request, Response } from "@flux-run/sdk";
import * as store from "./store.ts";
import * as validation from "./validation.ts";

export async function one(id: string): Promise<Response> {
  const rows = await store.byId(await store.open(), id);
  const order = rows.decodeFirst(store.columns);
  if (order === undefined) throw HttpError.notFound(`there is no order ${id}`);
  return Response.json(order);
}

/** A page; `next` is the cursor of the one that follows, null after the last. */
export async function page(request: Request): Promise<Response> {
  const limit = validation.limit(request);
  const cursor = request.searchParams.get("cursor") ?? "";
  // One more than is shown tells whether there is another page.
  const rows = await store.after(await store.open(), cursor, limit + 1);
  const found = rows.decode(store.columns);
  const orders = found.slice(0, limit);
  const next = found.length > limit ? orders.at(-1)?.id : null;
  return Response.json({ orders, next });
}
