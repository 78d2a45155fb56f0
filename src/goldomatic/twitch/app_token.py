"""The application's own token: it manages webhooks, and is simply asked for anew when it ends."""

import asyncio
from datetime import datetime, timedelta

from goldomatic.twitch.account_wire import TokenAnswer
from goldomatic.twitch.oauth import OAuth
from goldomatic.values import Clock

_RENEWED_BEFORE = timedelta(hours=1)


class AppToken:
    """A token source for one application. `problem` says why there was no token last time."""

    def __init__(self, oauth: OAuth, clock: Clock) -> None:
        self._oauth = oauth
        self._clock = clock
        self._turn = asyncio.Lock()
        self._token: str | None = None
        self._ends = clock()
        self.problem: str | None = None

    def __repr__(self) -> str:
        return "AppToken(***)"

    async def get(self) -> str | None:
        """The token to use now, or None when Twitch gave none."""
        async with self._turn:
            return self._token if self._is_fresh(self._clock()) else await self._asked()

    async def refresh(self, rejected: str) -> str | None:
        """Another token than the one that was rejected."""
        async with self._turn:
            return self._token if self._token not in (None, rejected) else await self._asked()

    def _is_fresh(self, now: datetime) -> bool:
        return self._token is not None and now < self._ends - _RENEWED_BEFORE

    async def _asked(self) -> str | None:
        answer = await self._oauth.app_token()
        if not isinstance(answer, TokenAnswer):
            self._token, self.problem = None, answer.reason
            return None
        self._token, self.problem = answer.access, None
        self._ends = self._clock() + timedelta(seconds=answer.expires_in)
        return self._token
