import type { Awaitable } from "../host/contract.ts";
import { HttpError } from "./error.ts";
import type { Request } from "./request.ts";
import type { Response } from "./response.ts";

/** The names in a path's braces: `"id"` of `"/orders/{id}"`. */
export type ParamNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;

/** Answers one route; the path parameters are those of the path's braces. */
export type Route<Path extends string> = (
  request: Request,
  params: Record<ParamNames<Path>, string>,
) => Awaitable<Response>;

interface Entry {
  method: string;
  segments: string[];
  run: (request: Request, params: Record<string, string>) => Awaitable<Response>;
}

/**
 * Finds the function for a request by method and path.
 *
 * ```ts
 * const routes = new Router()
 *   .get("/orders/{id}", (request, { id }) => one(id))
 *   .post("/orders", place);
 *
 * export default { fetch: (request) => routes.fetch(request) } satisfies Handler;
 * ```
 *
 * A segment in braces matches any one segment. The first route that fits answers; if none does, it
 * is a 404.
 */
export class Router {
  readonly #routes: Entry[] = [];

  /** Adds a route for a method. */
  on<Path extends string>(method: string, path: Path, run: Route<Path>): this {
    this.#routes.push({ method, segments: path.split("/"), run });
    return this;
  }

  /** Adds a route for GET. */
  get<Path extends string>(path: Path, run: Route<Path>): this {
    return this.on("GET", path, run);
  }

  /** Adds a route for POST. */
  post<Path extends string>(path: Path, run: Route<Path>): this {
    return this.on("POST", path, run);
  }

  /** Adds a route for PUT. */
  put<Path extends string>(path: Path, run: Route<Path>): this {
    return this.on("PUT", path, run);
  }

  /** Adds a route for DELETE. */
  delete<Path extends string>(path: Path, run: Route<Path>): this {
    return this.on("DELETE", path, run);
  }

  /** Answers a request by its route. */
  async fetch(request: Request): Promise<Response> {
    const segments = request.path.split("/");
    for (const route of this.#routes) {
      const params = route.method === request.method ? matched(route.segments, segments, request) : undefined;
      if (params) return route.run(request, params);
    }
    throw HttpError.notFound("there is nothing at this path");
  }
}

/** The parameters of a path that fits: as flux.toml's route gives them, else as they stand in the path. */
function matched(route: string[], path: string[], request: Request): Record<string, string> | undefined {
  if (route.length !== path.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, segment] of route.entries()) {
    const name = /^\{(.+)\}$/.exec(segment)?.[1];
    if (name !== undefined) {
      params[name] = request.params.get(name) ?? path[at]!;
    } else if (segment !== path[at]) {
      return undefined;
    }
  }
  return params;
}
