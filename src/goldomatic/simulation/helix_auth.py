"""Who calls Helix: the checks that come before every route."""

from dataclasses import dataclass

from goldomatic.simulation.asgi import Answer, Request, twitch_error
from goldomatic.simulation.tokens import Token, Tokens
from goldomatic.values import Clock


@dataclass(frozen=True, slots=True)
class Client:
    """An application registered at Twitch; `extension` for an Extension's client id.

    A `public` one has no secret; its refresh tokens work once and for 30 days.
    """

    id: str
    secret: str
    extension: bool = False
    public: bool = False


class HelixRefusal(Exception):  # noqa: N818 - it is an answer
    """Ends a Helix call with an error answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.answer: Answer = twitch_error(status, message)


def bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def authenticated(request: Request, tokens: Tokens, clock: Clock) -> Token:
    """The caller's live token; raises `HelixRefusal` 401 in Twitch's words."""
    value = bearer(request)
    if not value:
        raise HelixRefusal(401, "OAuth token is missing")
    client_id = request.headers.get("client-id", "")
    if not client_id:
        raise HelixRefusal(401, "Client ID is missing")
    token = tokens.find(value, clock())
    if token is None:
        raise HelixRefusal(401, "Invalid OAuth token")
    if token.client_id != client_id:
        raise HelixRefusal(401, "Client ID and OAuth token do not match")
    return token


def require_scope(token: Token, scope: str) -> None:
    if scope not in token.scopes:
        raise HelixRefusal(401, f"Missing scope: {scope}")
