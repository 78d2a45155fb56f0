"""Applications on loopback: they answer, they stop, they refuse to start."""

import asyncio
import signal

import httpx2
import pytest

from goldomatic.simulation.asgi import Answer, Receive, Scope, Send, read_request, send_answer
from goldomatic.simulation.serving import ServerDidNotStart, serve_asgi
from simulation.stage import Callback


async def test_it_answers_on_a_free_port_and_stops(http: httpx2.AsyncClient) -> None:
    app = Callback(lambda request: Answer(200, {"path": request.path}))
    async with serve_asgi(app) as first, serve_asgi(app) as second:
        assert first != second
        assert first.startswith("http://127.0.0.1:")
        assert (await http.get(f"{first}/here")).json() == {"path": "/here"}
    with pytest.raises(httpx2.ConnectError):
        await http.get(f"{first}/here")


async def test_signals_stay_with_the_process() -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    async with serve_asgi(Callback()):
        assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


async def test_a_refused_start_is_an_error_and_not_the_end_of_the_process() -> None:
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "a secret is missing"})

    with pytest.raises(ServerDidNotStart):
        async with serve_asgi(refusing, lifespan="on"):
            pytest.fail("it must not start")


async def test_a_request_that_never_ends_is_cut_off_at_the_stop(http: httpx2.AsyncClient) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with serve_asgi(endless, lifespan="off") as url:
        waiting = asyncio.create_task(http.get(url))
        await asyncio.wait_for(begun.wait(), 30)
    assert cancelled.is_set()
    assert (await waiting).status_code == 500


async def test_the_end_of_the_block_ends_the_lifespan() -> None:
    steps: list[str] = []

    async def living(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send_answer(send, Answer(200, (await read_request(scope, receive)).method))
            return
        for _ in range(2):
            kind = (await receive())["type"]
            steps.append(kind)
            await send({"type": f"{kind}.complete"})

    async with serve_asgi(living):
        assert steps == ["lifespan.startup"]
    assert steps == ["lifespan.startup", "lifespan.shutdown"]
