/** What is accepted. All faults of an order are told at once, in the order of its fields. */
import { Result, http, json, ok } from "@flux-run/assemblyscript";

/** The highest price, a million: with the highest quantity it still is an exact number in JSON. */
const MAX_CENTS: i64 = 100000000;
const MAX_QUANTITY: i64 = 1000;
const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;

const SKU = "sku must be 1 to 64 letters, digits, hyphens or underscores";
const QUANTITY = "quantity must be an integer from 1 to 1000";
const EMAIL = "email must be an address";
const CENTS = "cents must be an integer from 0 to 100000000";
const LIMIT = "limit must be an integer from 1 to 100";

/** What stands for an integer that is not there or not valid: all valid ones are above. */
const NONE: i64 = -1;

/** An order as it was asked for. */
export class NewOrder {
  constructor(
    public sku: string,
    public quantity: i64,
    public email: string,
  ) {}
}

export function order(request: http.Request): Result<NewOrder> {
  const parsed = object(request);
  if (parsed.failed) return parsed.pass<NewOrder>();
  const body = parsed.value;
  const sku = body.textOf("sku");
  const quantity = integer(body, "quantity", 1, MAX_QUANTITY);
  const email = body.textOf("email");
  const faults = new Array<string>();
  if (sku === null || !isSku(sku)) faults.push(SKU);
  if (quantity == NONE) faults.push(QUANTITY);
  if (email === null || !isEmail(email)) faults.push(EMAIL);
  if (faults.length) return http.Error.unprocessable(faults.join("; ")).fail<NewOrder>();
  return ok(new NewOrder(sku!, quantity, email!));
}

export function price(sku: string, request: http.Request): Result<i64> {
  if (!isSku(sku)) return http.Error.unprocessable(SKU).fail<i64>();
  const body = object(request);
  if (body.failed) return body.pass<i64>();
  const cents = integer(body.value, "cents", 0, MAX_CENTS);
  return cents == NONE ? http.Error.unprocessable(CENTS).fail<i64>() : ok<i64>(cents);
}

/** The size of a page; 20 if none is asked for. */
export function limit(request: http.Request): Result<i32> {
  const text = request.queryParam("limit");
  if (text === null) return ok<i32>(DEFAULT_LIMIT);
  let limit = 0;
  for (let index = 0; index < text.length; ++index) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return http.Error.unprocessable(LIMIT).fail<i32>();
    // It may have any number of digits, and must not overflow.
    limit = min(limit * 10 + digit, MAX_LIMIT + 1);
  }
  if (limit < 1 || limit > MAX_LIMIT) return http.Error.unprocessable(LIMIT).fail<i32>();
  return ok<i32>(<i32>limit);
}

function object(request: http.Request): Result<json.Value> {
  const parsed = json.parse(request.body);
  if (parsed.failed || parsed.value.kind != json.Kind.Object) {
    return http.Error.badRequest("the body must be a JSON object").fail<json.Value>();
  }
  return ok(parsed.value);
}

/** 2.0 is an integer too: in some languages a JSON number does not tell them apart. */
function integer(body: json.Value, name: string, lowest: i64, highest: i64): i64 {
  const field = body.get(name);
  if (field === null) return NONE;
  const found = field.asNumber();
  if (found === null) return NONE;
  const number = found.value;
  const valid = Math.trunc(number) == number && number >= <f64>lowest && number <= <f64>highest;
  return valid ? <i64>number : NONE;
}

/** ASCII only, so that its length is the same in every language. */
function isSku(text: string): bool {
  if (text.length < 1 || text.length > 64) return false;
  for (let index = 0; index < text.length; ++index) {
    const unit = text.charCodeAt(index);
    const letter = (unit | 0x20) >= 0x61 && (unit | 0x20) <= 0x7a;
    const digit = unit >= 0x30 && unit <= 0x39;
    if (!letter && !digit && unit != 0x2d && unit != 0x5f) return false;
  }
  return true;
}

function isEmail(text: string): bool {
  const at = text.indexOf("@");
  if (at <= 0 || at == text.length - 1 || text.indexOf("@", at + 1) >= 0) return false;
  for (let index = 0; index < text.length; ++index) {
    const unit = text.charCodeAt(index);
    if (unit == 0x20 || unit == 0x09 || unit == 0x0d || unit == 0x0a) return false;
  }
  return true;
}
