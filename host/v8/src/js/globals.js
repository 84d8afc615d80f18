// The web platform that a guest sees, from Deno's own extensions where they fit; and what it does not
// see. `fetch`, `Headers`, `Request`, `Response`, `console`, `Date`, timers and randomness are the
// SDK's, over the host's interfaces: the same code that a component runs.

import { core, primordials } from "ext:core/mod.js";
import { begin, deliver, idle, install, resource, setTimeout } from "ext:flux_v8/host.js";
import { subtle } from "ext:flux_v8/crypto.js";

const { ObjectDefineProperty, ObjectGetOwnPropertyDescriptor, ReflectApply } = primordials;
const web = (file) => core.loadExtScript(`ext:deno_web/${file}`);

const url = web("00_url.js");
const { DOMException } = web("01_dom_exception.js");
const event = web("02_event.js");
const { structuredClone } = web("02_structured_clone.js");
const abort = web("03_abort_signal.js");
const base64 = web("05_base64.js");
const streams = web("06_streams.js");
const encoding = web("08_text_encoding.js");

/** Defines a global as the web platform has it: writable, and not listed. */
function define(name, value) {
  ObjectDefineProperty(globalThis, name, {
    __proto__: null,
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

const crypto = { subtle };
const globals = {
  AbortController: abort.AbortController,
  AbortSignal: abort.AbortSignal,
  DOMException,
  Event: event.Event,
  EventTarget: event.EventTarget,
  ReadableStream: streams.ReadableStream,
  TextDecoder: encoding.TextDecoder,
  TextDecoderStream: encoding.TextDecoderStream,
  TextEncoder: encoding.TextEncoder,
  TextEncoderStream: encoding.TextEncoderStream,
  TransformStream: streams.TransformStream,
  URL: url.URL,
  URLSearchParams: url.URLSearchParams,
  WritableStream: streams.WritableStream,
  atob: base64.atob,
  btoa: base64.btoa,
  crypto,
  // The SDK fills it.
  performance: {},
  self: globalThis,
  structuredClone,
};
for (const name in globals) define(name, globals[name]);

// Deno's waits for the engine's own clock; this one for the SDK's timers, which are the host's.
abort.AbortSignal.timeout = function timeout(ms) {
  const controller = new abort.AbortController();
  globalThis.setTimeout(() => controller.abort(new DOMException("Signal timed out.", "TimeoutError")), ms);
  return controller.signal;
};

// Without a date they would ask the engine's own clock what time it is.
const Format = Intl.DateTimeFormat.prototype;
const { get: formatOf } = ObjectGetOwnPropertyDescriptor(Format, "format");
const { formatToParts } = Format;
const dated = (date) => (date === undefined ? globalThis.Date.now() : date);
ObjectDefineProperty(Format, "format", {
  __proto__: null,
  get() {
    const format = ReflectApply(formatOf, this, []);
    return (date) => format(dated(date));
  },
  configurable: true,
});
Format.formatToParts = function (date) {
  return ReflectApply(formatToParts, this, [dated(date)]);
};

/**
 * As if nothing was ever collected: whether an object is still there depends on the engine's memory,
 * which no recording has.
 */
class StrongRef {
  #target;
  constructor(target) {
    this.#target = target;
  }
  deref() {
    return this.#target;
  }
  get [Symbol.toStringTag]() {
    return "WeakRef";
  }
}
class NeverFinal {
  register() {}
  unregister() {
    return false;
  }
  get [Symbol.toStringTag]() {
    return "FinalizationRegistry";
  }
}
ObjectDefineProperty(StrongRef, "name", { value: "WeakRef" });
ObjectDefineProperty(NeverFinal, "name", { value: "FinalizationRegistry" });
define("WeakRef", StrongRef);
define("FinalizationRegistry", NeverFinal);

// For the SDK's own timers, clock and console.
define("setTimeout", setTimeout);
define("__fluxEngine", { begin, deliver, idle, install, resource });
