/** The job handler: what becomes of a job stands at the beginning of its payload. */
import { Done, Result, done, jobs, kv, log } from "@flux-run/assemblyscript";
import { canonical } from "./canonical";
import { ascii } from "./edges";

export function run(job: jobs.Job): Result<Done> {
  if (begins(job, "retry")) return jobs.Failure.retry(describe(job)).fail<Done>();
  if (begins(job, "discard")) return jobs.Failure.discard(describe(job)).fail<Done>();
  if (begins(job, "empty")) return jobs.Failure.discard("").fail<Done>();
  if (begins(job, "uncaught")) {
    const opened = kv.Bucket.open("missing");
    return opened.failed ? opened.pass<Done>() : done();
  }
  log.info(describe(job));
  return done();
}

function begins(job: jobs.Job, text: string): bool {
  const start = ascii(text);
  if (job.payload.length < start.length) return false;
  for (let index = 0; index < start.length; ++index) {
    if (job.payload[index] != start[index]) return false;
  }
  return true;
}

/** The job, as it was lifted. */
function describe(job: jobs.Job): string {
  const attempt = canonical(job.attempt);
  return `job ${canonical(job.id)} ${canonical(job.queue)} ${attempt} ${canonical(job.payload)}`;
}
