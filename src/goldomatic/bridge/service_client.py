"""The service's operator routes, as the bridge calls them."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar, get_origin

import httpx2
import msgspec

from goldomatic.bridge.timing import SystemTime, Time
from goldomatic.setting_texts import Secret
from goldomatic.tls import trusted_roots

TIMEOUT = 30.0
SENT_TIMEOUT = 60.0
LONGEST_PAUSE = 60.0

_T = TypeVar("_T")
Status = Literal["Pending", "InProgress", "Sent", "Failed", "Cancelled", "Expired"]


class ServicePayout(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A payout as the service tells it."""

    id: str
    twitch_display_name: str
    character_name: str
    gold_amount: int
    status: Status
    created_at: datetime
    updated_at: datetime | None = None
    winner_accepted_willing_to_receive_at: datetime | None = None

    @property
    def consented(self) -> bool:
        return self.winner_accepted_willing_to_receive_at is not None


class ServiceCandidate(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Whom to look for in the game, and until when."""

    spin_cycle_id: str
    character_name: str
    verification_deadline: datetime


class ServiceVersion(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The newest version and the oldest bridge that still works with the service."""

    version: str = ""
    release_notes_url: str | None = None
    minimum_desktop_version: str | None = None


class _Refusal(msgspec.Struct):
    code: str
    message: str = ""


class ServiceError(Exception):
    """A call that did not succeed. The text names method, path, status and answer, never the key.

    `code` is the service's own, "" where the answer is not the service's. `passing` says that a
    repeat may succeed: no answer, 408, 429, 5xx. `final` says that the service itself has refused
    what was asked: repeating it is pointless.
    """

    def __init__(
        self, call: str, *, status: int = 0, code: str = "", text: str = "", retry_after: float = 0
    ) -> None:
        what = f"{status or ''} {code or text}".strip()
        super().__init__(f"{call}: {what}" if what else call)
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.passing = status == 0 or status in (408, 429) or status >= 500
        # A wrong key or address is the operator's to mend, and what waits must outlast it.
        self.final = not self.passing and bool(code) and status not in (401, 403)


class NotConfiguredError(ServiceError):
    """Address or key is missing: no request was made."""


class ServiceClient:
    """Calls with `X-MGM-ApiKey`. `attempts` that fail for a passing reason are repeated."""

    def __init__(self, base_url: str, api_key: Secret | None, time: Time, retries: int = 3) -> None:
        self._time = time
        self.use(base_url, api_key, retries)
        self._http = httpx2.AsyncClient(trust_env=False, timeout=TIMEOUT, verify=trusted_roots())

    def use(self, base_url: str, api_key: Secret | None, retries: int) -> None:
        """Ask there from now on; what is under way ends as it began."""
        self._base_url = base_url.strip().rstrip("/")
        self._key = api_key
        self._retries = retries

    async def aclose(self) -> None:
        await self._http.aclose()

    async def payouts(self) -> list[ServicePayout]:
        """The active payouts, oldest first; only the pending ones from a service without a list."""
        try:
            return await self.read("GET", "/api/payouts", list[ServicePayout])
        except ServiceError as error:
            if error.status != 404:
                raise
        return await self.pending()

    async def pending(self, *, retries: int | None = None) -> list[ServicePayout]:
        return await self.read("GET", "/api/payouts/pending", list[ServicePayout], retries=retries)

    async def payout(self, payout_id: str, *, retries: int | None = None) -> ServicePayout:
        return await self.read("GET", f"/api/payouts/{payout_id}", ServicePayout, retries=retries)

    async def set_status(
        self, payout_id: str, status: Status, *, retries: int | None = None
    ) -> bool:
        """Move a payout on; False if the service says that somebody had done so before."""
        path = f"/api/payouts/{payout_id}/status"
        seconds = SENT_TIMEOUT if status == "Sent" else TIMEOUT
        body = {"status": status}
        answer = await self.call("PATCH", path, body, seconds=seconds, retries=retries)
        return answer.headers.get("x-mgm-changed") != "0"

    async def accept(self, payout_id: str, name: str, *, retries: int | None = None) -> None:
        """The winner consented."""
        path = f"/api/payouts/{payout_id}/confirm-acceptance"
        await self.call("POST", path, {"characterName": name}, retries=retries)

    async def verify(self, report: Mapping[str, Any], *, retries: int | None = None) -> None:
        """The addon's report about a candidate, unchanged."""
        await self.call("POST", "/api/roulette/verify-candidate", report, retries=retries)

    async def candidate(self) -> ServiceCandidate | None:
        """Whom to look for; None for nobody."""
        answer = await self.call("GET", "/api/roulette/candidate", retries=0)
        if answer.status_code == 204:
            return None
        return self._decode(answer, ServiceCandidate)

    async def version(self) -> ServiceVersion:
        return await self.read("GET", "/api/version", ServiceVersion, retries=0)

    async def read(
        self,
        method: str,
        path: str,
        shape: type[_T],
        *,
        body: Any = None,
        retries: int | None = None,
    ) -> _T:
        """A successful answer in our words."""
        return self._decode(await self.call(method, path, body, retries=retries), shape)

    def _decode(self, answer: httpx2.Response, shape: type[_T]) -> _T:
        content = answer.content
        if get_origin(shape) is list and content.strip() == b"null":
            content = b"[]"
        try:
            return msgspec.json.decode(content, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError):
            call = f"{answer.request.method} {answer.request.url.path}"
            text = "the answer is not what the service would say"
            raise ServiceError(call, status=answer.status_code, text=text) from None

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        seconds: float = TIMEOUT,
        retries: int | None = None,
    ) -> httpx2.Response:
        """A successful answer. Waits 2, 4, 8 … seconds, or as `Retry-After` asks, before repeats.

        Raises `ServiceError` after the last.
        """
        if not self._base_url:
            raise NotConfiguredError("API base URL is not configured.")
        if not self._key:
            raise NotConfiguredError("X-MGM-ApiKey is not configured.")
        left = self._retries if retries is None else retries
        for attempt in range(1, left + 2):
            try:
                return await self._once(method, path, body, seconds)
            except ServiceError as error:
                if not error.passing or attempt > left:
                    raise
                await self._time.sleep(pause(attempt, error.retry_after))
        raise AssertionError("unreachable")

    async def _once(self, method: str, path: str, body: Any, seconds: float) -> httpx2.Response:
        call = f"{method} {path}"
        headers = {"X-MGM-ApiKey": self._key.reveal() if self._key else ""}
        headers["Accept"] = "application/json"
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        try:
            answer = await self._http.request(
                method, self._base_url + path, content=content, headers=headers, timeout=seconds
            )
        except httpx2.TimeoutException:
            raise ServiceError(call, text=f"no answer within {seconds:.0f} s") from None
        except httpx2.InvalidURL:
            raise ServiceError(call, text="the API base URL is not a URL") from None
        except httpx2.HTTPError as error:
            raise ServiceError(call, text=f"no connection ({type(error).__name__})") from None
        if answer.is_success:
            return answer
        raise _refused(call, answer)


def _refused(call: str, answer: httpx2.Response) -> ServiceError:
    asked = answer.headers.get("retry-after", "")
    wait = float(asked) if asked.isdecimal() else 0.0
    try:
        code = msgspec.json.decode(answer.content, type=_Refusal).code
    except (msgspec.DecodeError, UnicodeDecodeError):
        code = ""
    text = " ".join(answer.text.split())[:200]
    return ServiceError(call, status=answer.status_code, code=code, text=text, retry_after=wait)


def pause(attempt: int, retry_after: float = 0) -> float:
    """Seconds before the repeat that follows the given attempt, counted from 1."""
    return retry_after or min(2.0**attempt, LONGEST_PAUSE)


async def check_connection(base_url: str, api_key: Secret | None) -> str | None:
    """Try an address and a key once, and keep nothing: None, or what is wrong as a sentence."""
    client = ServiceClient(base_url, api_key, SystemTime(), retries=0)
    try:
        await client.pending()
    except ServiceError as error:
        if error.code == "forbidden_apikey":
            return f"{error.code}: the key is not the GOLDOMATIC_API_KEY of the service."
        return str(error)
    finally:
        await client.aclose()
    return None
