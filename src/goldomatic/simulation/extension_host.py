"""What Twitch is to an Extension: the page with the frame, and the way of tokens and news to it.

The frame shows the very files that a build for Twitch holds. Only the address of Twitch's helper
script is replaced, by a script of ours that talks to the page around the frame.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from goldomatic import __version__
from goldomatic.extension_build.files import HELPER, Build, published
from goldomatic.simulation.asgi import (
    Answer,
    Receive,
    Request,
    Scope,
    Send,
    read_request,
    send_answer,
    twitch_error,
)
from goldomatic.simulation.extension_tokens import Role, extension_token, opaque_user_id
from goldomatic.simulation.twitch import FakeTwitch
from goldomatic.simulation.users import SimulatedUser

PREFIX = "/demo/"
VIEWS = {"panel": "panel.html", "config": "config.html", "live-config": "live_config.html"}
TOKEN_LIFETIME = timedelta(hours=1)
HEARTBEAT_SECONDS = 15.0
MOST_PEOPLE = 40

_STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'; "
)
_PAGE = {"Content-Security-Policy": _POLICY + "frame-ancestors 'none'"}
_FRAMED = {"Content-Security-Policy": _POLICY + "frame-ancestors 'self'"}
_PLACES = frozenset({*VIEWS, "host", "extension", "authorize", "people", "pubsub"})
_ROLES: Sequence[Role] = ("viewer", "moderator", "broadcaster")


class ExtensionHost:
    """Answers what lies under /demo/ for the Extension and leaves the rest to the service."""

    def __init__(self, twitch: FakeTwitch, *, development: bool = False) -> None:
        self._twitch = twitch
        build = Build(version=__version__, development=development)
        self._files = published(build)
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End the open connections, so that the server can stop."""
        self._closing.set()

    def before(self, app: Any) -> Any:
        """The application with this page before it."""

        async def both(scope: Scope, receive: Receive, send: Send) -> None:
            if not await self._answered(scope, receive, send):
                await app(scope, receive, send)

        return both

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> bool:
        place = scope.get("path", "").removeprefix(PREFIX).partition("/")[0]
        if not scope.get("path", "").startswith(PREFIX) or place not in _PLACES:
            return False
        if place == "pubsub":
            await self._stream(scope, receive, send)
        else:
            request = await read_request(scope, receive)
            answer = self._answer(request)
            answer.headers |= {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
            await send_answer(send, answer)
        return True

    def _answer(self, request: Request) -> Answer:
        place, _, name = request.path.removeprefix(PREFIX).partition("/")
        if request.method not in ("GET", "HEAD"):
            return twitch_error(405, "Method Not Allowed")
        if place in VIEWS and not name:
            return _file("host.html", (_STATIC / "host.html").read_bytes(), _PAGE)
        if place == "host" and name in ("host.js", "host.css", "helper.js"):
            return _file(name, (_STATIC / name).read_bytes())
        if place == "extension" and name in self._files:
            return self._extension_file(name)
        if place == "authorize":
            return self._authorize(request)
        if place == "people":
            return Answer(200, self._people())
        return twitch_error(404, "Not Found")

    def _extension_file(self, name: str) -> Answer:
        content = self._files[name]
        if not name.endswith(".html"):
            return _file(name, content)
        helper = f"{PREFIX}host/helper.js"
        return _file(name, content.replace(HELPER.encode(), helper.encode()), _FRAMED)

    def _authorize(self, request: Request) -> Answer:
        """What the helper hands to `onAuthorized`: a fresh token of the person who was chosen."""
        extension = self._twitch.extension
        if extension is None:
            return twitch_error(404, "No Extension is registered")
        role: Role = next((each for each in _ROLES if each == request.one("role")), "viewer")
        owner = self._twitch.broadcaster
        user = self._twitch.users.get(request.one("viewer") or "")
        user = owner if role == "broadcaster" else user
        token = extension_token(
            extension.secret,
            user,
            owner.id,
            role=role,
            shares_identity=request.one("shared") == "1",
            expires_in=TOKEN_LIFETIME,
            now=self._twitch.clock(),
            # Every token is another one, also within a second.
            jti=self._twitch.new_id(),
        )
        return Answer(
            200,
            {
                "channelId": owner.id,
                "clientId": extension.client_id,
                "userId": opaque_user_id(user, owner.id),
                "token": token,
                "role": role,
            },
        )

    def _people(self) -> list[dict[str, Any]]:
        """Who can be chosen as the viewer, subscribers first."""
        people: list[SimulatedUser] = [
            user for user in self._twitch.users.values() if not user.broadcaster
        ]
        people.sort(key=lambda user: not user.is_subscriber)
        return [
            {"id": user.id, "name": user.display_name, "subscribes": user.is_subscriber}
            for user in people[:MOST_PEOPLE]
        ]

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """News for one frame as server-sent events, as Twitch's own network brings them."""
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        opaque = next(iter(query.get("opaque", [])), "")
        queue = self._twitch.broker.listen("broadcast", f"whisper-{opaque}")
        headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
        gone = asyncio.create_task(_disconnected(receive))
        closing = asyncio.create_task(self._closing.wait())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await _pump(queue, send, {gone, closing})
        finally:
            self._twitch.broker.leave(queue)
            for task in (gone, closing):
                task.cancel()
            await asyncio.gather(gone, closing, return_exceptions=True)


async def _pump(
    queue: "asyncio.Queue[tuple[str, str]]", send: Send, ends: "set[asyncio.Task[Any]]"
) -> None:
    body = b": open\n\n"
    while not any(end.done() for end in ends):
        await send({"type": "http.response.body", "body": body, "more_body": True})
        waiting = asyncio.ensure_future(queue.get())
        await asyncio.wait(
            {waiting, *ends}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if waiting.done():
            target, message = waiting.result()
            body = f"data: {json.dumps({'target': target, 'message': message})}\n\n".encode()
        else:
            waiting.cancel()
            body = b": still here\n\n"
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


def _file(name: str, content: bytes, headers: dict[str, str] | None = None) -> Answer:
    return Answer(200, content, {"Content-Type": _TYPES[Path(name).suffix], **(headers or {})})
