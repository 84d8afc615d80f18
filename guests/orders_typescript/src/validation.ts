/** What is accepted. All faults of an order are told at once, in the order of its fields. */

import { HttpError, type Request } from "@flux-run/sdk";

/** The highest price, a million: with the highest quantity it still is an exact number in JSON. */
const maxCents = 100_000_000;
const maxQuantity = 1000;
const maxLimit = 100;
const defaultLimit = 20;

const faults = {
  sku: "sku must be 1 to 64 letters, digits, hyphens or underscores",
  quantity: "quantity must be an integer from 1 to 1000",
  email: "email must be an address",
  cents: "cents must be an integer from 0 to 100000000",
  limit: "limit must be an integer from 1 to 100",
};

type Body = Record<string, unknown>;

/** An order as it was asked for. */
export interface NewOrder {
  sku: string;
  quantity: number;
  email: string;
}

export async function order(request: Request): Promise<NewOrder> {
  const body = await object(request);
  const sku = text(body, "sku", isSku);
  const quantity = integer(body, "quantity", 1, maxQuantity);
  const email = text(body, "email", isEmail);
  if (sku !== undefined && quantity !== undefined && email !== undefined) return { sku, quantity, email };
  const checks = [
    [sku, faults.sku],
    [quantity, faults.quantity],
    [email, faults.email],
  ];
  const found = checks.filter(([value]) => value === undefined).map(([, fault]) => fault);
  throw HttpError.unprocessable(found.join("; "));
}

export async function price(sku: string, request: Request): Promise<number> {
  if (!isSku(sku)) throw HttpError.unprocessable(faults.sku);
  const cents = integer(await object(request), "cents", 0, maxCents);
  if (cents === undefined) throw HttpError.unprocessable(faults.cents);
  return cents;
}

/** The size of a page; 20 if none is asked for. */
export function limit(request: Request): number {
  const text = request.searchParams.get("limit");
  if (text === undefined) return defaultLimit;
  const limit = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxLimit) throw HttpError.unprocessable(faults.limit);
  return limit;
}

async function object(request: Request): Promise<Body> {
  const body = await request.json().catch(() => undefined);
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Body;
  throw HttpError.badRequest("the body must be a JSON object");
}

function text(body: Body, name: string, isValid: (text: string) => boolean): string | undefined {
  const value = body[name];
  return typeof value === "string" && isValid(value) ? value : undefined;
}

/** 2.0 is an integer too: a JSON number does not tell them apart here. */
function integer(body: Body, name: string, min: number, max: number): number | undefined {
  const value = body[name];
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
    ? (value as number)
    : undefined;
}

/** ASCII only, so that its length is the same in every language. */
function isSku(text: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(text);
}

function isEmail(text: string): boolean {
  return /^[^@ \t\r\n]+@[^@ \t\r\n]+$/.test(text);
}
