/** Jobs of queues, and what becomes of one that failed. */
export { Failure, FailureKind } from "./failure";
export { Job } from "./job";
