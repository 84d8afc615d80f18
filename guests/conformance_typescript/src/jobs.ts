/** The job handler: what becomes of a job stands at the beginning of its payload. */

import { type Job, JobFailure, kv, log } from "@flux-run/sdk";
import { canonical } from "./canonical.ts";

export async function run(job: Job): Promise<void> {
  const text = new TextDecoder().decode(job.payload);
  if (text.startsWith("retry")) throw JobFailure.retry(describe(job));
  if (text.startsWith("discard")) throw JobFailure.discard(describe(job));
  if (text.startsWith("empty")) throw JobFailure.discard("");
  if (text.startsWith("uncaught")) {
    await kv.open("missing");
    return;
  }
  log.info(describe(job));
}

/** The job, as it was lifted. */
function describe(job: Job): string {
  return `job ${canonical(job.id)} ${canonical(job.queue)} ${job.attempt} ${canonical(job.payload)}`;
}
