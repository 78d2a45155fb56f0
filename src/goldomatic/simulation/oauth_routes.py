"""The simulated `id.twitch.tv/oauth2`."""

import hmac
from typing import TYPE_CHECKING, Any

from goldomatic.simulation.asgi import Answer, Request, twitch_error
from goldomatic.simulation.helix_auth import Client
from goldomatic.simulation.tokens import Token, UserAuthorization

if TYPE_CHECKING:
    from goldomatic.simulation.twitch import FakeTwitch


class OAuthRoutes:
    """Token, validate and revoke; fields may stand in the form or in the query."""

    def __init__(self, twitch: "FakeTwitch") -> None:
        self._twitch = twitch

    async def token(self, request: Request) -> Answer:
        """`POST /oauth2/token` with client_credentials or refresh_token."""
        form = request.form()
        client = self._twitch.clients.get(form.get("client_id", ""))
        if client is None:
            return twitch_error(400, "invalid client")
        if not form.get("client_secret"):
            return twitch_error(400, "missing client secret")
        if not hmac.compare_digest(form["client_secret"].encode(), client.secret.encode()):
            return twitch_error(403, "invalid client secret")
        match form.get("grant_type"):
            case "client_credentials":
                return self._app_token(client)
            case "refresh_token":
                return self._refreshed(client, form.get("refresh_token", ""))
            case _:
                return twitch_error(400, "unsupported grant type")

    def _app_token(self, client: Client) -> Answer:
        token = self._twitch.tokens.issue_app(client.id, self._twitch.clock())
        return Answer(200, self._described(token))

    def _refreshed(self, client: Client, refresh_token: str) -> Answer:
        renewed: UserAuthorization | None = self._twitch.tokens.refresh(
            client.id, refresh_token, self._twitch.clock()
        )
        if renewed is None:
            return twitch_error(400, "Invalid refresh token")
        answer = {
            **self._described(renewed.access),
            "refresh_token": renewed.refresh_token,
            "scope": sorted(renewed.access.scopes),
        }
        return Answer(200, answer)

    def _described(self, token: Token) -> dict[str, Any]:
        return {
            "access_token": token.value,
            "expires_in": self._seconds_left(token),
            "token_type": "bearer",
        }

    def _seconds_left(self, token: Token) -> int:
        return int((token.expires_at - self._twitch.clock()).total_seconds())

    async def validate(self, request: Request) -> Answer:
        """`GET /oauth2/validate`; an app token's answer names no user."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        known = scheme.lower() in ("oauth", "bearer")
        token = self._twitch.tokens.find(value.strip(), self._twitch.clock()) if known else None
        if token is None:
            return twitch_error(401, "invalid access token")
        answer: dict[str, Any] = {
            "client_id": token.client_id,
            "scopes": sorted(token.scopes),
            "expires_in": self._seconds_left(token),
        }
        if token.user_id is not None:
            login = self._twitch.users[token.user_id].login
            answer |= {"login": login, "user_id": token.user_id}
        return Answer(200, answer)

    async def revoke(self, request: Request) -> Answer:
        """`POST /oauth2/revoke`: 200 with an empty body."""
        form = request.form()
        if form.get("client_id") not in self._twitch.clients:
            return twitch_error(404, "client does not exist")
        token = self._twitch.tokens.find(form.get("token", ""), self._twitch.clock())
        if token is None or token.client_id != form["client_id"]:
            return twitch_error(400, "Invalid token")
        self._twitch.tokens.revoke(token.value)
        return Answer(200)
