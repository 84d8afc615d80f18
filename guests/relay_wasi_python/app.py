"""A wasi:http guest that sends requests, without a Flux SDK: the program of guests/relay_wasi_rust, in Python."""

import asyncio
import os
import time
from urllib.parse import parse_qs, urlsplit

import poll_loop
from componentize_py_types import Err, Ok
from poll_loop import PollLoop, Sink, Stream
from wit_world import exports
from wit_world.imports import outgoing_handler
from wit_world.imports.types import (
    Fields,
    IncomingRequest,
    Method_Get,
    Method_Post,
    OutgoingBody,
    OutgoingRequest,
    OutgoingResponse,
    ResponseOutparam,
    Scheme_Http,
    Scheme_Https,
)


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        loop = PollLoop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(handle(request, response_out))


async def handle(request: IncomingRequest, out: ResponseOutparam) -> None:
    try:
        status, text = await answer(request)
    except Err as error:
        status, text = 502, f"{error.value}\n".encode()
    response = OutgoingResponse(Fields())
    response.set_status_code(status)
    body = response.body()
    ResponseOutparam.set(out, Ok(response))
    sink = Sink(body)
    await sink.send(text)
    sink.close()


async def answer(request: IncomingRequest) -> tuple[int, bytes]:
    url = urlsplit(request.path_with_query() or "/")
    parameters = {name: values[0] for name, values in parse_qs(url.query).items()}
    match url.path:
        case "/relay":
            body = None if isinstance(request.method(), Method_Get) else Stream(request.consume())
            return await send(request.method(), parameters["to"], body)
        case "/both":
            urls = parameters["to"], parameters["also"]
            answers = await asyncio.gather(*(send(Method_Get(), url) for url in urls))
            return 200, b"".join(text for _, text in answers)
        case "/race":
            tasks = [asyncio.ensure_future(send(Method_Get(), parameters[name])) for name in ("to", "also")]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(task for task in tasks if task in done).result()
        case "/forget":
            outgoing_handler.handle(outgoing(Method_Post(), parameters["to"]), None)
            return 202, b"sent\n"
        case "/now":
            return 200, f"{time.time_ns()} {os.urandom(8).hex()}\n".encode()
        case _:
            return 404, b"no such path\n"


async def send(method, url: str, body: Stream | None = None) -> tuple[int, bytes]:
    """Sends a request, passing its body on piece by piece; the answer's status and body."""
    request = outgoing(method, url)
    out = request.body() if body else None
    answered = asyncio.ensure_future(poll_loop.send(request))
    if body:
        # Once the request is handed over, its body may be written.
        await asyncio.sleep(0)
        await copy(body, out)
    response = await answered
    return response.status(), await read_all(Stream(response.consume()))


def outgoing(method, url: str) -> OutgoingRequest:
    parts = urlsplit(url)
    request = OutgoingRequest(Fields.from_list([("X-Relay", b"1")]))
    request.set_method(method)
    request.set_scheme(Scheme_Http() if parts.scheme == "http" else Scheme_Https())
    request.set_authority(parts.netloc)
    request.set_path_with_query((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    return request


async def copy(body: Stream, out: OutgoingBody) -> None:
    sink = Sink(out)
    while (piece := await body.next()) is not None:
        await sink.send(piece)
    sink.close()


async def read_all(stream: Stream) -> bytes:
    pieces = []
    while (piece := await stream.next()) is not None:
        pieces.append(piece)
    return b"".join(pieces)
