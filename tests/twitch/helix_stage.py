"""A Helix, the loopback server that it talks to, and the pauses that it took."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2

from goldomatic.twitch.helix import Bot, Helix, NotSent, Sent
from goldomatic.twitch.tokens import StaticToken, TokenSource
from twitch.scripted_http import Call, Reply, ScriptedHttp, reply

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

TOKEN = "first0token0of0the0broadcaster"

FRESH = "fresh0token0of0the0broadcaster"

CLIENT = "helixclientid"

CHANNEL = "778812345"

VIEWER = "410000001"

TEXT = "Награда отправлена персонажу Norinn на почту, проверяй ящик!"


SENT = reply(200, {"data": [{"message_id": "line-1", "is_sent": True, "drop_reason": None}]})


def dropped(code: str, message: str = "No.") -> Reply:
    drop = {"code": code, "message": message}
    return reply(200, {"data": [{"message_id": "", "is_sent": False, "drop_reason": drop}]})


class Stock:
    """A source that has other tokens in stock; remembers what was rejected."""

    def __init__(self, *others: str) -> None:
        self.others = list(others)
        self.rejected: list[str] = []

    async def get(self) -> str | None:
        return TOKEN

    async def refresh(self, rejected: str) -> str | None:
        self.rejected.append(rejected)
        return self.others.pop(0) if self.others else None


class Stage:
    """A Helix, the server that it talks to, and the pauses that it took."""

    def __init__(self, *script: Reply | Callable[[Call], Reply]) -> None:
        self.http = ScriptedHttp(*script)
        self.pauses: list[float] = []
        self.on_pause: Callable[[], Any] | None = None
        # Plain HTTP needs no certificates, and reading them takes longer than a test.
        self.client = httpx2.AsyncClient(verify=False)

    def helix(
        self,
        tokens: TokenSource | None = None,
        *,
        client_id: str = CLIENT,
        broadcaster_id: str = CHANNEL,
        path: str = "/helix",
        timeout: float = 5.0,
        bot: Bot | None = None,
    ) -> Helix:
        return Helix(
            self.http.url + path,
            client_id,
            StaticToken(TOKEN) if tokens is None else tokens,
            broadcaster_id,
            bot=bot,
            client=self.client,
            clock=lambda: NOW,
            sleep=self.sleep,
            timeout=timeout,
        )

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if self.on_pause:
            await self.on_pause()

    @property
    def calls(self) -> list[Call]:
        return self.http.calls


Staging = Callable[..., Any]


async def send(stage: Stage, **options: Any) -> Sent | NotSent:
    return await stage.helix(**options).send_chat_message(TEXT)


async def failure(stage: Stage, **options: Any) -> NotSent:
    outcome = await send(stage, **options)
    assert isinstance(outcome, NotSent)
    assert outcome.retryable is False
    assert outcome.reason
    return outcome
