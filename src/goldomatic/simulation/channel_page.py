"""The channel's page on the simulated Twitch, where people follow."""

from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from goldomatic.simulation import support_events
from goldomatic.simulation.asgi import Answer, Request, twitch_error
from goldomatic.simulation.users import SimulatedUser

if TYPE_CHECKING:
    from goldomatic.simulation.twitch import FakeTwitch

PATH = "/channel"
_HTML = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


class ChannelPage:
    """`/channel`: a button for everybody who does not follow yet."""

    def __init__(self, twitch: "FakeTwitch") -> None:
        self._twitch = twitch
        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        text = resources.files("goldomatic.simulation").joinpath("channel.html").read_text("utf-8")
        self._template = environment.from_string(text)

    async def page(self, request: Request) -> Answer:
        """`GET`: who could follow."""
        return self._shown(None)

    async def follow(self, request: Request) -> Answer:
        """`POST`: somebody follows, and everybody who has subscribed to it is told."""
        owner, user = self._twitch.broadcaster, self._user(request)
        if user is None or user is owner:
            return twitch_error(400, "no such user")
        if not user.follows:
            user = replace(user, follows=True)
            self._twitch.join([user])
            event = support_events.follow(user, owner, self._twitch.clock())
            await self._twitch.webhooks.notify(event.kind, event.event)
        return self._shown(user)

    def _user(self, request: Request) -> SimulatedUser | None:
        return self._twitch.users.get(request.form().get("user_id", ""))

    def _shown(self, followed: SimulatedUser | None) -> Answer:
        owner = self._twitch.broadcaster
        strangers = [u for u in self._twitch.users.values() if not u.follows and u is not owner]
        content = self._template.render(
            owner=owner,
            followed=followed,
            followers=len(self._twitch.followers()),
            strangers=sorted(strangers, key=lambda user: user.display_name.casefold()),
        )
        return Answer(200, content.encode(), dict(_HTML))
