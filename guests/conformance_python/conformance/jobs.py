"""The job handler: what becomes of a job stands at the beginning of its payload."""

import flux
from flux import kv, log

from .canonical import canonical


def run(job: flux.Job) -> None:
    if job.payload.startswith(b"retry"):
        raise flux.Retry(_describe(job))
    if job.payload.startswith(b"discard"):
        raise flux.Discard(_describe(job))
    if job.payload.startswith(b"empty"):
        raise flux.Discard("")
    if job.payload.startswith(b"uncaught"):
        kv.open("missing")
    log.write(log.Level.INFO, _describe(job))


def _describe(job: flux.Job) -> str:
    """The job, as it was lifted."""
    id, queue, payload = canonical(job.id), canonical(job.queue), canonical(job.payload)
    return f"job {id} {queue} {job.attempt} {payload}"
