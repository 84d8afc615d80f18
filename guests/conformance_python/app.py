"""The conformance scenario: guests/CONFORMANCE.md says what it is for and how it is written.

Each path makes a fixed sequence of calls and answers with what they gave, in the canonical text.
"""

import flux

from conformance import ambient, bug, db, fetch, http, jobs, kv, queue


@flux.http
def handle(request: flux.Request) -> flux.Response:
    match request.path:
        case "/kv":
            return kv.run()
        case "/db":
            return db.run()
        case "/queue":
            return queue.run()
        case "/fetch":
            return fetch.run()
        case "/ambient":
            return ambient.run()
        case "/mirror":
            return http.mirror(request)
        case "/problem":
            raise flux.HttpError(418, http.DETAIL)
        case "/uncaught":
            return kv.uncaught()
        case "/bug":
            return bug.fail()
        case _:
            return http.describe(request)


@flux.job
def run(job: flux.Job) -> None:
    jobs.run(job)
