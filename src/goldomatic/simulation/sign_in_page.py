"""The simulated Twitch's sign-in page: pick who you are, consent or not."""

import json
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from jinja2 import Environment, StrictUndefined

from goldomatic.simulation.asgi import Answer, Request, twitch_error
from goldomatic.simulation.tokens import CODE_LIFETIME, Consent
from goldomatic.simulation.users import SimulatedUser

if TYPE_CHECKING:
    from goldomatic.simulation.twitch import FakeTwitch

_ASKED = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "claims",
    "code_challenge",
    "code_challenge_method",
)
_HTML = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


class _Wanted(NamedTuple):
    """A request to sign in, checked; `problem` is what Twitch tells the application."""

    fields: dict[str, str]
    problem: str | None


class SignInPage:
    """`/oauth2/authorize`: shown to browsers, answered by their forms."""

    def __init__(self, twitch: "FakeTwitch") -> None:
        self._twitch = twitch
        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        self._template = environment.from_string(_file("sign_in.html"))

    async def page(self, request: Request) -> Answer:
        """`GET`: everybody who can sign in; `find` narrows the list."""
        wanted = self._wanted({name: values[0] for name, values in request.query.items()})
        if isinstance(wanted, Answer):
            return wanted
        if wanted.problem is not None:
            return _back(wanted.fields, error="invalid_request", error_description=wanted.problem)
        find = (request.one("find") or "").strip().lower()
        people = [user for user in self._twitch.users.values() if user is not self._owner]
        shown = [user for user in people if find in user.login or find in user.display_name.lower()]
        content = self._template.render(
            fields=wanted.fields,
            find=find,
            owner=self._owner,
            people=sorted(shown, key=lambda user: user.display_name.casefold()),
            scopes=wanted.fields.get("scope", "").split(),
        )
        return Answer(200, content.encode(), dict(_HTML))

    async def decide(self, request: Request) -> Answer:
        """`POST`: somebody consents, or denies."""
        form = request.form()
        wanted = self._wanted(form)
        if isinstance(wanted, Answer):
            return wanted
        if wanted.problem is not None or "deny" in form:
            told = wanted.problem or "The user denied you access"
            error = "invalid_request" if wanted.problem else "access_denied"
            return _back(wanted.fields, error=error, error_description=told)
        user = self._twitch.users.get(form.get("user_id", ""))
        if user is None:
            return twitch_error(400, "no such user")
        code = self._twitch.codes.issue(self._consent(user, wanted.fields))
        return _back(wanted.fields, code=code, scope=wanted.fields.get("scope", ""))

    async def style(self, request: Request) -> Answer:
        headers = {"Content-Type": "text/css; charset=utf-8", "Cache-Control": "no-store"}
        return Answer(200, _file("sign_in.css").encode(), headers)

    @property
    def _owner(self) -> SimulatedUser:
        return self._twitch.broadcaster

    def _wanted(self, given: dict[str, str]) -> _Wanted | Answer:
        """Where the application or its address is not known, nobody is sent back to it."""
        fields = {name: given[name] for name in _ASKED if name in given}
        client_id = fields.get("client_id", "")
        if client_id not in self._twitch.clients:
            return twitch_error(400, "invalid client")
        if fields.get("redirect_uri") not in self._twitch.redirects.get(client_id, ()):
            return twitch_error(400, "redirect_mismatch")
        if fields.get("response_type") != "code":
            return _Wanted(fields, "invalid response type")
        if "code_challenge" in fields and fields.get("code_challenge_method") != "S256":
            return _Wanted(fields, "invalid code challenge method")
        return _Wanted(fields, None)

    def _consent(self, user: SimulatedUser, fields: dict[str, str]) -> Consent:
        return Consent(
            client_id=fields["client_id"],
            user_id=user.id,
            scopes=frozenset(fields.get("scope", "").split()),
            redirect_uri=fields["redirect_uri"],
            nonce=fields.get("nonce"),
            challenge=fields.get("code_challenge"),
            claims=_claims(fields.get("claims", "")),
            expires_at=self._twitch.clock() + CODE_LIFETIME,
        )


def _claims(text: str) -> frozenset[str]:
    """Names of the id token's further claims, as the `claims` parameter lists them."""
    try:
        asked: Any = json.loads(text or "{}")
        return frozenset(asked.get("id_token", {}))
    except (ValueError, AttributeError, TypeError):
        return frozenset()


def _back(fields: dict[str, str], **answer: str) -> Answer:
    """Send the browser back to the application."""
    state = {"state": fields["state"]} if "state" in fields else {}
    location = f"{fields['redirect_uri']}?{urlencode({**answer, **state})}"
    return Answer(302, None, {"Location": location})


def _file(name: str) -> str:
    return resources.files("goldomatic.simulation").joinpath(name).read_text("utf-8")
