/** Prices: bucket `prices` holds cents as decimal text, by SKU. */

import { HttpError, kv, log, type Request, Response } from "@flux-run/sdk";
import * as validation from "./validation.ts";

export async function get(sku: string): Promise<number> {
  const entry = await (await kv.open("prices")).get(sku);
  if (entry === undefined) throw HttpError.notFound(`there is no price for ${sku}`);
  const text = entry.text();
  if (!/^[+-]?[0-9]+$/.test(text)) {
    const cause = new Error("invalid digit found in string");
    throw new HttpError(500, "the request could not be handled", { cause });
  }
  return Number(text);
}

export async function put(sku: string, request: Request): Promise<Response> {
  const cents = await validation.price(sku, request);
  await (await kv.open("prices")).set(sku, String(cents));
  log.info("price set", { sku, cents });
  return new Response(null, { status: 204 });
}
