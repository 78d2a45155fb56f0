"""Routes for tests and the demo, which the real Twitch does not have."""

from typing import TYPE_CHECKING

import msgspec

from goldomatic.simulation.asgi import Answer, Request, twitch_error
from goldomatic.simulation.faults import Fault
from goldomatic.values import rfc3339

if TYPE_CHECKING:
    from goldomatic.simulation.twitch import FakeTwitch


class ControlRoutes:
    """`/control/…`: queue failures, read what was posted."""

    def __init__(self, twitch: "FakeTwitch") -> None:
        self._twitch = twitch

    async def add_fault(self, request: Request) -> Answer:
        """`POST /control/faults` with the fields of `Fault`; 400 names a wrong field."""
        try:
            self._twitch.faults.add(msgspec.json.decode(request.body, type=Fault))
        except (msgspec.DecodeError, ValueError) as error:
            return twitch_error(400, str(error))
        return Answer(204)

    async def clear_faults(self, request: Request) -> Answer:
        self._twitch.faults.clear()
        return Answer(204)

    async def messages(self, request: Request) -> Answer:
        """`GET /control/messages`: everything posted to chat, oldest first."""
        posts = [
            {
                "message_id": post.message_id,
                "sender_id": post.sender_id,
                "text": post.text,
                "reply_parent_message_id": post.reply_parent_message_id,
                "by_app_token": post.by_app_token,
                "at": rfc3339(post.at),
            }
            for post in self._twitch.messages
        ]
        return Answer(200, {"data": posts})
