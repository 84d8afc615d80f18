/** Write Flux guests in AssemblyScript: see README.md. */
import * as clock from "./clock/index";
import * as config from "./config";
import * as db from "./db/index";
import * as fetch from "./fetch/index";
import * as http from "./http/index";
import * as jobs from "./jobs/index";
import * as json from "./json/index";
import * as kv from "./kv/index";
import * as log from "./log";
import * as queue from "./queue/index";
import * as random from "./random";
import * as text from "./text";

export { clock, config, db, fetch, http, jobs, json, kv, log, queue, random, text };
export { Done, Fault, Result, Some, done, fail, ok } from "./result";
