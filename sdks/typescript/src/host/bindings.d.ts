// What componentize-js makes of wit/: each interface is a module of its own.

declare module "flux:host/db@0.1.0" {
  export const Connection: import("./contract.ts").DbHost["Connection"];
  export const Transaction: import("./contract.ts").DbHost["Transaction"];
}
declare module "flux:host/kv@0.1.0" {
  export const Bucket: import("./contract.ts").KvHost["Bucket"];
}
declare module "flux:host/queue@0.1.0" {
  export const send: import("./contract.ts").QueueHost["send"];
}
declare module "flux:host/fetch@0.1.0" {
  export const send: import("./contract.ts").FetchHost["send"];
  export const sendAll: import("./contract.ts").FetchHost["sendAll"];
}
declare module "flux:host/log@0.1.0" {
  export const write: import("./contract.ts").LogHost["write"];
}
declare module "flux:host/clock@0.1.0" {
  export const now: import("./contract.ts").ClockHost["now"];
  export const monotonic: import("./contract.ts").ClockHost["monotonic"];
  export const sleep: import("./contract.ts").ClockHost["sleep"];
}
declare module "flux:host/random@0.1.0" {
  export const bytes: import("./contract.ts").RandomHost["bytes"];
}
declare module "flux:host/config@0.1.0" {
  export const get: import("./contract.ts").ConfigHost["get"];
  export const secret: import("./contract.ts").ConfigHost["secret"];
}
