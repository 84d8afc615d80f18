// The host's interfaces as sdks/typescript/src/host/contract.ts has them, over this crate's ops.
//
// A call that waits is begun with a number of its own; the host begins it when the guest has nothing
// else to do, and delivers its answer under that number. What fails throws the contract's error as
// `payload`, as the bindings of a component do.

import { core, primordials } from "ext:core/mod.js";

const { ops } = core;
const {
  ArrayPrototypePush,
  ArrayPrototypeSplice,
  Error,
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectFreeze,
  Promise,
  PromisePrototypeThen,
  SafeMap,
  SymbolDispose,
} = primordials;

const waiting = new SafeMap();
let last = 0;

/** A call that waits: `begin` is told its number. */
function later(begin) {
  return new Promise((resolve, reject) => {
    last += 1;
    now(() => begin(last));
    MapPrototypeSet(waiting, last, { resolve, reject });
  });
}

/** What the host calls with the answer to a call. */
function deliver(number, answer) {
  const call = MapPrototypeGet(waiting, number);
  MapPrototypeDelete(waiting, number);
  if (answer.error === undefined) call.resolve(answer.value);
  else call.reject({ payload: answer.error });
}

/**
 * A call that does not wait. Where the host has ended the guest, what is thrown here is caught by nobody:
 * V8 forgets that a guest is to end while it makes an error, so it is told again.
 */
function now(run) {
  try {
    return run();
  } catch (error) {
    ops.op_flux_halt();
    // With the guest's stack, which an op's own error has not.
    throw new Error(error.message);
  }
}

function opened(answer) {
  if (answer.error !== undefined) throw { payload: answer.error };
  return answer.value;
}

function session(handle, isTransaction) {
  return {
    handle,
    query: (sql, params) => later((it) => ops.op_flux_db_query(it, handle, isTransaction, sql, params)),
    execute: (sql, params) => later((it) => ops.op_flux_db_execute(it, handle, isTransaction, sql, params)),
  };
}

function transaction(handle) {
  // It takes its turn among the calls, and nobody waits for it.
  const dispose = () => void later((it) => ops.op_flux_db_drop(it, handle));
  return { ...session(handle, true), [SymbolDispose]: dispose };
}

const Connection = {
  open(name) {
    const handle = opened(now(() => ops.op_flux_open("db", name)));
    const begin = () => PromisePrototypeThen(later((it) => ops.op_flux_db_begin(it, handle)), transaction);
    return { ...session(handle, false), begin };
  },
};

const Transaction = {
  commit: ({ handle }) => later((it) => ops.op_flux_db_end(it, handle, true)),
  rollback: ({ handle }) => later((it) => ops.op_flux_db_end(it, handle, false)),
};

const Bucket = {
  open(name) {
    const handle = opened(now(() => ops.op_flux_open("kv", name)));
    return {
      get: (key) => later((it) => ops.op_flux_kv_get(it, handle, key)),
      set: (key, value, options) => later((it) => ops.op_flux_kv_set(it, handle, key, value, options)),
      delete: (key) => later((it) => ops.op_flux_kv_delete(it, handle, key)),
      increment: (key, by) => later((it) => ops.op_flux_kv_increment(it, handle, key, by)),
      keys: (prefix, cursor, limit) => later((it) => ops.op_flux_kv_keys(it, handle, prefix, cursor, limit)),
    };
  },
};

const host = ObjectFreeze({
  db: { Connection, Transaction },
  kv: { Bucket },
  queue: {
    send: (queue, payload, options) => later((it) => ops.op_flux_queue_send(it, queue, payload, options)),
  },
  fetch: {
    send: (request) => later((it) => ops.op_flux_fetch_send(it, request)),
    sendAll: (requests) => later((it) => ops.op_flux_fetch_send_all(it, requests)),
  },
  log: { write: (level, message, fields) => now(() => ops.op_flux_log(level, message, fields)) },
  clock: {
    now: () => now(() => ops.op_flux_now()),
    monotonic: () => now(() => ops.op_flux_monotonic()),
    sleep: (ms) => later((it) => ops.op_flux_sleep(it, ms)),
  },
  random: { bytes: (length) => now(() => ops.op_flux_random(length)) },
  config: {
    get: (key) => now(() => ops.op_flux_config(key)) ?? undefined,
    secret: (name) => now(() => ops.op_flux_secret(name)) ?? undefined,
  },
  stderr: (text) => now(() => ops.op_flux_stderr(text)),
});

/** The contract's error. What the SDK throws after a bug has none, and says so by throwing again. */
function payloadOf(error) {
  try {
    return error?.payload;
  } catch {
    return undefined;
  }
}

/** Runs a handler of the guest's module; its end is told to the host. */
function begin(guest, name, input) {
  const run = { http: () => guest.httpHandler.handle(input), job: () => guest.jobHandler.run(input) };
  const told = (error) => {
    const failure = payloadOf(error);
    if (failure !== undefined) ops.op_flux_failed(failure);
    else ops.op_flux_threw(error);
  };
  const ended = name === "http" ? ops.op_flux_answered : ops.op_flux_done;
  PromisePrototypeThen(run[name](), ended, told);
}

const whenIdle = [];

/** Runs the functions that wait until nothing else is left to do. Says whether there were any. */
function idle() {
  const next = ArrayPrototypeSplice(whenIdle, 0);
  for (let at = 0; at < next.length; at += 1) next[at]();
  return next.length > 0;
}

/** The timer that the SDK's own are built on: it is only asked to call back when nothing else is left. */
function setTimeout(run) {
  ArrayPrototypePush(whenIdle, run);
}

export { begin, deliver, host, idle, setTimeout };
