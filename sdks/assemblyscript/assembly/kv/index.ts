/** Key-value buckets, opened by the label they have in `flux.toml`. */
export { Condition, ConditionKind, Page } from "../generated/kv";
export { Bucket } from "./bucket";
export { Entry } from "./entry";
export { Error, ErrorKind } from "./error";
export { SetOptions } from "./options";
