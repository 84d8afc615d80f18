/** The requests that a guest answers. */
export { Error } from "./error";
export { Pair } from "./headers";
export { Request } from "./request";
export { Response } from "./response";
