"""The look itself: real calls to Twitch, none of which changes anything.

Rules: what cannot be known because something before it does not work is left out; ids, names and
addresses are not told, so that the table may be shown to everybody.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Final

from goldomatic.accounts import rules
from goldomatic.accounts.broadcaster import BroadcasterToken
from goldomatic.checks.findings import Finding, Problem, Row
from goldomatic.checks.scopes import needed_of_broadcaster
from goldomatic.reception import rules as reception
from goldomatic.reception.by_webhook import wanted_at
from goldomatic.reception.reception import Transport, transport_of
from goldomatic.service import Service
from goldomatic.twitch.account_wire import Validity
from goldomatic.twitch.app_token import AppToken
from goldomatic.twitch.eventsub_socket import greets
from goldomatic.twitch.http import Answer, Http
from goldomatic.twitch.oauth import OAuthRefused
from goldomatic.twitch.subscriptions import CHAT_MESSAGE, Listed, ListingError, listed
from goldomatic.twitch.tokens import Bearer

MOST_SECONDS_OFF: Final = 60.0
LATELY: Final = timedelta(hours=24)
_NEEDED = (
    "twitch_client_id",
    "twitch_client_secret",
    "twitch_broadcaster_id",
    "twitch_eventsub_secret",
)


async def look(service: Service) -> list[Finding]:
    """Everything, in order; raises `UnavailableError` when the database does not answer."""
    return [finding async for finding in _Look(service).all()]


def has_failed(findings: list[Finding]) -> bool:
    """Whether something does not work."""
    return any(finding.is_bad for finding in findings)


class _Look:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._settings = service.settings
        self._tokens = service.accounts.broadcaster
        oauth = service.accounts.oauth
        self._app = AppToken(oauth, service.clock) if oauth else None
        self._may_ask = False

    async def all(self) -> AsyncIterator[Finding]:
        missing = [name for name in _NEEDED if not getattr(self._settings, name)]
        names = ", ".join(f"GOLDOMATIC_{name.upper()}" for name in missing)
        yield Finding(Row.SETTINGS, Problem.SETTINGS_MISSING if missing else None, names)
        answer = await self._ask_for_the_time()
        reached = isinstance(answer, Answer)
        yield Finding(Row.TWITCH, None if reached else Problem.TWITCH_UNREACHABLE)
        if not isinstance(answer, Answer):
            return
        yield self._clock(answer)
        if self._app is None:
            return
        yield await self._application()
        async for finding in self._accounts():
            yield finding
        async for finding in self._events():
            yield finding

    # Twitch and our application there

    async def _ask_for_the_time(self) -> object:
        http = Http()
        try:
            return await http.exchange("GET", f"{self._settings.twitch_auth_url}/keys")
        finally:
            await http.aclose()

    def _clock(self, answer: Answer) -> Finding:
        if answer.date is None:
            return Finding(Row.CLOCK)
        off = self._service.clock().timestamp() - answer.date
        wrong = abs(off) > MOST_SECONDS_OFF
        return Finding(Row.CLOCK, Problem.CLOCK_WRONG if wrong else None, f"{off:+.0f} s")

    async def _application(self) -> Finding:
        if self._app is None or await self._app.get() is not None:
            return Finding(Row.APPLICATION)
        return Finding(Row.APPLICATION, Problem.APPLICATION_REFUSED, self._app.problem or "")

    # The accounts that the service acts by

    async def _accounts(self) -> AsyncIterator[Finding]:
        if unreadable := await self._service.accounts.token_store.unreadable():
            yield Finding(Row.TOKENS, Problem.TOKENS_UNREADABLE, str(unreadable))
        else:
            yield Finding(Row.TOKENS)
        if not self._settings.twitch_broadcaster_id:
            return
        for finding in await self._broadcaster():
            yield finding
        yield await self._bot()
        if self._may_ask:
            for row, path, problem in (
                (Row.FOLLOWERS, "/channels/followers", Problem.FOLLOWERS_REFUSED),
                (Row.SUBSCRIBERS, "/subscriptions", Problem.SUBSCRIBERS_REFUSED),
            ):
                yield await self._question(row, path, problem)

    async def _broadcaster(self) -> list[Finding]:
        said = await self._validated(self._tokens)
        if isinstance(said, Problem):
            ended = said is Problem.CONSENT_ENDED
            return [Finding(Row.CONSENT if ended else Row.BROADCASTER, said)]
        if said.user_id not in (None, self._settings.twitch_broadcaster_id):
            return [Finding(Row.BROADCASTER, Problem.BROADCASTER_OTHER_ACCOUNT)]
        self._may_ask = True
        wanted = needed_of_broadcaster(transport_of(self._settings) or "websocket")
        missing = [scope for scope in wanted if scope not in said.scopes]
        problem = Problem.SCOPES_MISSING if missing else None
        return [Finding(Row.BROADCASTER), Finding(Row.CONSENT, problem, " ".join(missing))]

    async def _bot(self) -> Finding:
        if not self._settings.twitch_bot_id:
            return Finding(Row.BOT, detail="broadcaster")
        said = await self._validated(self._service.accounts.bot)
        if isinstance(said, Problem):
            in_trouble = said is Problem.TWITCH_IN_TROUBLE
            return Finding(Row.BOT, said if in_trouble else Problem.BOT_NOT_CONNECTED)
        missing = [scope for scope in rules.BOT_SCOPES if scope not in said.scopes]
        return Finding(Row.BOT, Problem.BOT_SCOPES_MISSING if missing else None, " ".join(missing))

    async def _validated(self, source: BroadcasterToken) -> Validity | Problem:
        oauth, token = self._service.accounts.oauth, await source.get()
        if token is None or oauth is None:
            return Problem.BROADCASTER_NOT_CONNECTED
        answer = await oauth.validate(token)
        if isinstance(answer, OAuthRefused) and (renewed := await source.refresh(token)):
            answer = await oauth.validate(renewed)
        if isinstance(answer, Validity):
            return answer
        refused = isinstance(answer, OAuthRefused)
        return Problem.CONSENT_ENDED if refused else Problem.TWITCH_IN_TROUBLE

    async def _question(self, row: Row, path: str, problem: Problem) -> Finding:
        helix = self._service.helix
        if (bearer := await helix.bearer()) is None:
            return Finding(row, Problem.BROADCASTER_NOT_CONNECTED)
        params = {"broadcaster_id": helix.broadcaster_id, "first": "1"}
        answer = await helix.read(bearer, path, params)
        if not isinstance(answer, Answer) or answer.status >= 500:
            status = str(answer.status) if isinstance(answer, Answer) else "no answer"
            return Finding(row, Problem.TWITCH_IN_TROUBLE, status)
        return Finding(row, None if answer.is_success else problem, str(answer.status))

    # Events

    async def _events(self) -> AsyncIterator[Finding]:
        transport = transport_of(self._settings)
        if transport is None:
            yield Finding(Row.TRANSPORT, Problem.TRANSPORT_CLOSED)
            return
        yield await self._transport(transport)
        if self._may_ask:
            for finding in await self._subscriptions(transport):
                yield finding
        for finding in self._gaps():
            yield finding

    async def _transport(self, transport: Transport) -> Finding:
        if transport == "websocket":
            reached = await greets(self._settings.twitch_eventsub_ws_url)
            problem = None if reached else Problem.WEBSOCKET_NOT_REACHED
            return Finding(Row.TRANSPORT, problem, transport)
        reached = await answers_at(self._settings.public_url)
        return Finding(Row.TRANSPORT, None if reached else Problem.ADDRESS_NOT_REACHED, transport)

    async def _subscriptions(self, transport: Transport) -> list[Finding]:
        bearer = await self._bearer_of(transport)
        if bearer is None:
            return []
        try:
            there = await listed(self._service.helix, bearer)
        except ListingError as error:
            return [Finding(Row.CHAT, Problem.TWITCH_IN_TROUBLE, str(error))]
        place = wanted_at(self._settings.public_url)[0].place if transport == "webhook" else None
        broadcaster = self._settings.twitch_broadcaster_id
        statuses = {
            one.status
            for one in there.subscriptions
            if one.type == CHAT_MESSAGE
            and one.condition.get("broadcaster_user_id") == broadcaster
            and place in (None, one.place)
        }
        return [_chat(statuses), _limits(there)]

    async def _bearer_of(self, transport: Transport) -> Bearer | None:
        if transport == "websocket":
            return await self._service.helix.bearer()
        token = await self._app.get() if self._app else None
        return Bearer(token, self._app) if token and self._app else None

    def _gaps(self) -> Iterator[Finding]:
        gaps = self._service.state.reception.gaps.durable
        now = self._service.clock()
        if (lasting := reception.lasting(gaps)) is not None:
            minutes = int((now - lasting.since).total_seconds() // 60)
            yield Finding(Row.GAPS, Problem.GAP_LASTS, f"{lasting.reason}, {minutes} min")
            return
        lately = [gap for gap in gaps if gap.until and now - gap.until < LATELY]
        problem = Problem.GAP_LATELY if lately else None
        yield Finding(Row.GAPS, problem, f"{len(lately)}" if lately else "")


def _chat(statuses: set[str]) -> Finding:
    if "enabled" in statuses:
        return Finding(Row.CHAT)
    waits = any(status.startswith("webhook_callback_verification") for status in statuses)
    problem = Problem.CHAT_NOT_VERIFIED if waits else Problem.CHAT_NOT_HEARD
    return Finding(Row.CHAT, problem, ", ".join(sorted(statuses)))


def _limits(there: Listed) -> Finding:
    told = f"{there.total_cost} of {there.max_total_cost}"
    full = 0 < there.max_total_cost <= there.total_cost
    return Finding(Row.LIMITS, Problem.LIMIT_REACHED if full else None, told)


async def answers_at(public_url: str) -> bool:
    """Whether a Gold-o-Matic answers at an address, as far as it can be told from this machine."""
    http = Http()
    try:
        answer = await http.exchange("GET", f"{public_url}/api/health")
    finally:
        await http.aclose()
    return isinstance(answer, Answer) and answer.status in (200, 503)
