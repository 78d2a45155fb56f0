"""A running service with a raffle: the broadcaster's browser and viewers who follow."""

from dataclasses import dataclass, field
from typing import Any

import httpx2

from goldomatic.raffle import acting, asking, support
from goldomatic.raffle.support import SupportNews, TwitchSays
from goldomatic.simulation.users import SimulatedUser
from goldomatic.values import ViewerId
from support.accounts import Browser, nobody, signed_in
from support.service import OWNER, Stage, viewer

LINK = "https://soundcloud.com/norinn/demo"


@dataclass
class RaffleStage:
    """A stage, and who is signed in."""

    stage: Stage
    owner: Browser
    browsers: dict[str, Browser] = field(default_factory=dict)

    @property
    def nobody(self) -> Browser:
        return nobody(self.stage)

    @property
    def state(self) -> Any:
        return self.stage.service.state.raffle

    async def person(
        self, user: SimulatedUser, *, follows: bool = True, email: str | None = None
    ) -> Browser:
        """A browser that this viewer has signed in with, known to the raffle."""
        browser = self.browsers.get(user.id)
        if browser is None:
            browser = self.browsers[user.id] = await signed_in(self.stage, user, email=email)
            service = self.stage.service
            account = await service.accounts.store.find(ViewerId(user.id))
            assert account is not None
            await asking.join(service, account)
            says = TwitchSays(is_follower=follows, is_subscriber=None, complete=False)
            await asking.take_over(service, ViewerId(user.id), says)
        return browser

    async def enter(self, user: SimulatedUser, **body: Any) -> httpx2.Response:
        # Every viewer has an address of their own: the limit of addresses is not in the way.
        browser = await self.person(user)
        headers = {"X-Forwarded-For": f"198.51.100.{int(user.id) % 250}"}
        return await browser.post("/api/enter", json=body, headers=headers)

    async def entered(self, *numbers: int) -> None:
        for number in numbers:
            answer = await self.enter(viewer(number))
            assert answer.status_code == 200, answer.text

    async def give(self, number: int, effect: Any, amount: int = 0, months: int = 0) -> None:
        news = SupportNews(
            viewer_id=ViewerId(viewer(number).id), effect=effect, amount=amount, months=months
        )
        rules = acting.options(self.stage.service)
        await self.stage.service.ledger.change(
            lambda state, now: support.count(state.raffle, news, rules)
        )

    async def start(self, **body: Any) -> str:
        answer = await self.owner.post("/api/admin/session/start", json=body)
        assert answer.status_code == 200, answer.text
        session_id: str = answer.json()["session"]["id"]
        return session_id

    async def end(self, **body: Any) -> dict[str, Any]:
        return await self.done("POST", "/api/admin/session/end", json=body)

    async def submissions(self, is_open: bool) -> None:
        await self.done("POST", "/api/admin/submissions", json={"submissionsOpen": is_open})

    async def draw(self, **body: Any) -> dict[str, Any]:
        return await self.done("POST", "/api/pick-winner", json=body)

    async def done(self, method: str, path: str, **details: Any) -> dict[str, Any]:
        """What the broadcaster is answered; fails when it is refused."""
        answer = await self.owner.request(method, path, **details)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def seen(self, path: str) -> Any:
        """What anybody is answered."""
        answer = await self.nobody.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def mine(self, number: int, path: str) -> Any:
        """What a viewer is answered."""
        answer = await (await self.person(viewer(number))).get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def raffle_on(stage: Stage) -> RaffleStage:
    """The raffle of a running service, with the broadcaster signed in."""
    return RaffleStage(stage, await signed_in(stage, OWNER))


def problem(answer: httpx2.Response) -> tuple[int, str, str]:
    """Status, code and text of a refusal of the raffle's routes."""
    body = answer.json()
    assert body["success"] is False
    assert answer.headers["cache-control"] == "no-store"
    return answer.status_code, body["errorCode"], body["error"]
