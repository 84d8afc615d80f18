/**
 * Makes the globals that people know go through the host: `fetch` and its classes, `console`, time,
 * randomness, timers. Imported by a guest before anything else, and never in Node.js.
 */

import { fetch } from "../fetch.ts";
import { Headers } from "../http/headers.ts";
import { Request } from "../http/request.ts";
import { Response } from "../http/response.ts";
import { consoleOfHost } from "./console.ts";
import { installRandom } from "./random.ts";
import { installTime } from "./time.ts";
import { installTimers } from "./timers.ts";

/** Whether the guest is one: in Node.js the globals stay as they are. */
Object.defineProperty(globalThis, "__fluxComponent", { value: true });

Object.assign(globalThis, { fetch, Headers, Request, Response });
Object.assign(console, consoleOfHost);
installTime();
installRandom();
installTimers();
