"""Failures that the simulated Twitch shows on demand, one queue for all its routes."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Self

import msgspec

from goldomatic.simulation.asgi import Answer, Handler, Request, twitch_error

_DROP_MESSAGES = {
    "msg_duplicate": "Your message was not sent because it is identical to the previous one.",
    "msg_ratelimit": "Your message was not sent because you are sending messages too quickly.",
    "msg_rejected": "Your message is being checked by mods and has not been sent.",
}


Flaw = Literal[
    "wrong_nonce",
    "expired",
    "wrong_audience",
    "wrong_issuer",
    "foreign_key",
    "unknown_key",
    "unsigned",
    "symmetric",
    "absent",
]
"""What can be wrong with an id token."""


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What goes wrong with the next `times` requests to `route`.

    `route` is the path without its root (`chat/messages`, `oauth2/token`). With
    `delay_seconds` alone the answer is right, only late. `close` drops the connection, `hang`
    keeps it open without an answer; with `carried_out` the request has its effect first, and
    only the answer is lost or replaced. `id_token` goes with the route `oauth2/token`: the answer
    is right, but for the id token in it.
    """

    route: str
    method: str | None = None
    times: int = 1
    status: int | None = None
    message: str = "fault on demand"
    delay_seconds: float = 0.0
    is_sent: bool | None = None
    drop_reason: str | None = None
    hang: bool = False
    close: bool = False
    retry_after: int | None = None
    carried_out: bool = False
    id_token: Flaw | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.times <= 10_000:
            raise ValueError("times must be 1 to 10000")
        if not 0 <= self.delay_seconds <= 600:
            raise ValueError("delay_seconds must be 0 to 600")
        if self.status is not None and not 200 <= self.status <= 599:
            raise ValueError("status must be 200 to 599")

    @property
    def replaces_answer(self) -> bool:
        return self.hang or self.close or self.status is not None or self.drops_message

    @property
    def drops_message(self) -> bool:
        return self.is_sent is False or self.drop_reason is not None

    def hits(self, request: Request) -> bool:
        route = self.route.strip("/")
        same_method = self.method is None or self.method.upper() == request.method
        return same_method and request.path in (f"/helix/{route}", f"/{route}")


class Faults:
    """Queue of faults; the oldest that fits a request is used up first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Fault, int]] = []

    def add(self, fault: Fault) -> Self:
        self._waiting.append((fault, fault.times))
        return self

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, request: Request) -> Fault | None:
        return self._take(lambda fault: fault.hits(request))

    def take_socket(self) -> Fault | None:
        """A fault of route `ws`: the socket is refused before it opens."""
        return self._take(lambda fault: fault.route.strip("/") == "ws")

    def _take(self, hits: Callable[[Fault], bool]) -> Fault | None:
        for index, (fault, left) in enumerate(self._waiting):
            if not hits(fault):
                continue
            if left == 1:
                del self._waiting[index]
            else:
                self._waiting[index] = (fault, left - 1)
            return fault
        return None


def dropped_message(code: str) -> Answer:
    """Helix's `200` that says 'not sent'."""
    reason = {"code": code, "message": _DROP_MESSAGES.get(code, "Your message was not sent.")}
    return Answer(200, {"data": [{"message_id": "", "is_sent": False, "drop_reason": reason}]})


async def answer_with_fault(
    fault: Fault, request: Request, handler: Handler, closing: asyncio.Event
) -> Answer | None:
    """Play `fault`; None means that the connection is to be dropped."""
    await _unless(closing, asyncio.sleep(fault.delay_seconds))
    if not fault.replaces_answer:
        return await handler(request)
    if fault.carried_out:
        await handler(request)
    if fault.hang:
        await _unless(closing, request.gone())
    if fault.hang or fault.close:
        return None
    if fault.drops_message:
        return dropped_message(fault.drop_reason or "msg_rejected")
    return _error(fault)


def _error(fault: Fault) -> Answer:
    status = fault.status or 500
    answer = Answer(status) if status < 300 else twitch_error(status, fault.message)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


async def _unless(closing: asyncio.Event, waiting: Coroutine[Any, Any, None]) -> None:
    """Wait, but never longer than the server lives."""
    tasks = {asyncio.create_task(waiting), asyncio.create_task(_until(closing))}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until(closing: asyncio.Event) -> None:
    await closing.wait()
