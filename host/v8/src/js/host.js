// The host's interfaces as the bindings of a component have them, made of the table in src/table.rs.
//
// A call that waits is begun with a number of its own; the host begins it when the guest has nothing
// else to do, and delivers its answer under that number. What fails throws the contract's error as
// `payload`, as the bindings of a component do.

import { core, primordials } from "ext:core/mod.js";

const { ops } = core;
const {
  ArrayPrototypeFilter,
  ArrayPrototypeForEach,
  ArrayPrototypePush,
  ArrayPrototypeSplice,
  ArrayPrototypeUnshift,
  Error,
  MapPrototypeDelete,
  MapPrototypeGet,
  MapPrototypeSet,
  ObjectCreate,
  ObjectDefineProperty,
  ObjectFreeze,
  ObjectHasOwn,
  Promise,
  PromisePrototypeThen,
  SafeMap,
  SymbolDispose,
  TypeError,
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
  if (ObjectHasOwn(answer, "error")) call.reject({ payload: answer.error });
  else call.resolve(answer.value);
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

/** What the host answered, as a call of the guest has it. */
function given(answer) {
  if (ObjectHasOwn(answer, "error")) throw { payload: answer.error };
  return answer.value;
}

/** A call of a function that the host listed. */
function call({ number, waits }, args) {
  if (waits) return later((it) => ops.op_flux_begin(it, number, args));
  return given(now(() => ops.op_flux_call(number, args)));
}

/** The prototypes of the objects of handles, by interface and resource. */
const prototypes = new SafeMap();

/** The object of a handle. */
function resource(id, name, handle) {
  const object = ObjectCreate(MapPrototypeGet(prototypes, `${id}#${name}`));
  object.handle = handle;
  return object;
}

/** A class as the bindings of a component have it: what it makes has the handle, and no state of its own. */
function classOf(functions) {
  const own = (kind) => ArrayPrototypeFilter(functions, (it) => it.kind === kind);
  const [make] = own("constructor");
  const [drop] = own("resource-drop");
  class Resource {
    constructor(...args) {
      if (make === undefined) throw new TypeError("this resource is made by the host");
      return call(make, args);
    }
  }
  ArrayPrototypeForEach(own("static"), (it) => (Resource[it.name] = (...args) => call(it, args)));
  ArrayPrototypeForEach(own("method"), (it) => {
    Resource.prototype[it.name] = function (...args) {
      ArrayPrototypeUnshift(args, this);
      return call(it, args);
    };
  });
  // It takes its turn among the calls, and nobody waits for it.
  if (drop !== undefined) Resource.prototype[SymbolDispose] = function () {
    void call(drop, [this]);
  };
  return Resource;
}

function interfaceOf({ id, resources, functions }) {
  const found = { __proto__: null };
  ArrayPrototypeForEach(functions, (it) => {
    if (it.kind === null) found[it.name] = (...args) => call(it, args);
  });
  ArrayPrototypeForEach(resources, ({ name, class: className }) => {
    const theirs = ArrayPrototypeFilter(functions, (it) => it.resource === name);
    found[className] = classOf(theirs);
    MapPrototypeSet(prototypes, `${id}#${name}`, found[className].prototype);
  });
  return found;
}

/** Gives a new guest the interfaces that the host has. */
function install() {
  const host = { __proto__: null, stderr: (text) => now(() => ops.op_flux_stderr(text)) };
  ArrayPrototypeForEach(ops.op_flux_interfaces(), (it) => (host[it.key] = interfaceOf(it)));
  ObjectDefineProperty(globalThis, "__fluxHost", {
    __proto__: null,
    value: ObjectFreeze(host),
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

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

export { begin, deliver, idle, install, resource, setTimeout };
