"""The simulated `id.twitch.tv/oauth2`: tokens, keys and who they belong to."""

import base64
import hmac
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from goldomatic.simulation.asgi import Answer, Request, twitch_error
from goldomatic.simulation.helix_auth import Client, bearer
from goldomatic.simulation.id_tokens import shown_claims
from goldomatic.simulation.tokens import DEVICE_LIFETIME, Token, UserAuthorization

if TYPE_CHECKING:
    from goldomatic.simulation.twitch import FakeTwitch

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class OAuthRoutes:
    """Token, validate and revoke, whose fields may stand in the form or in the query; OpenID."""

    def __init__(self, twitch: "FakeTwitch") -> None:
        self._twitch = twitch

    async def token(self, request: Request) -> Answer:
        """`POST /oauth2/token` for a code, a refresh token or client credentials."""
        form = request.form()
        client = self._twitch.clients.get(form.get("client_id", ""))
        if client is None:
            return twitch_error(400, "invalid client")
        if form.get("grant_type") == DEVICE_GRANT:
            return self._device_token(client, form)
        if client.public and form.get("grant_type") == "refresh_token":
            return self._refreshed(client, form.get("refresh_token", ""))
        if not form.get("client_secret"):
            return twitch_error(400, "missing client secret")
        if not hmac.compare_digest(form["client_secret"].encode(), client.secret.encode()):
            return twitch_error(403, "invalid client secret")
        match form.get("grant_type"):
            case "authorization_code":
                return self._exchanged(client, form, issuer(request))
            case "client_credentials":
                return self._app_token(client)
            case "refresh_token":
                return self._refreshed(client, form.get("refresh_token", ""))
            case _:
                return twitch_error(400, "unsupported grant type")

    async def device(self, request: Request) -> Answer:
        """`POST /oauth2/device`: codes for a device and for the person before it."""
        form = request.form()
        client = self._twitch.clients.get(form.get("client_id", ""))
        if client is None:
            return twitch_error(400, "invalid client")
        scopes = form.get("scopes", form.get("scope", "")).split()
        device = self._twitch.devices.begin(client.id, scopes, self._twitch.clock())
        root = issuer(request).removesuffix("/oauth2")
        answer = {
            "device_code": device.code,
            "expires_in": int(DEVICE_LIFETIME.total_seconds()),
            "interval": self._twitch.device_interval,
            "user_code": device.user_code,
            "verification_uri": f"{root}/activate?device-code={device.user_code}",
        }
        return Answer(200, answer)

    def _device_token(self, client: Client, form: dict[str, str]) -> Answer:
        now = self._twitch.clock()
        device = self._twitch.devices.find(form.get("device_code", ""), client.id, now)
        if device is None:
            return twitch_error(400, "invalid device code")
        if device.user_id is None:
            return twitch_error(400, "authorization_pending")
        self._twitch.devices.take(device)
        authorization = self._twitch.tokens.authorize(
            client.id, device.user_id, device.scopes, now, public=client.public
        )
        return Answer(200, self._described_for_user(authorization))

    def _exchanged(self, client: Client, form: dict[str, str], issuer: str) -> Answer:
        now = self._twitch.clock()
        consent = self._twitch.codes.take(form.get("code", ""), client.id, now)
        if consent is None:
            return twitch_error(400, "Invalid authorization code")
        if form.get("redirect_uri") != consent.redirect_uri:
            return twitch_error(400, "Parameter redirect_uri does not match registered URI")
        if consent.challenge is not None and consent.challenge != _challenge(form):
            # Twitch itself does not look at PKCE; whoever sends it must send it rightly.
            return twitch_error(400, "invalid code verifier")
        user = self._twitch.users[consent.user_id]
        authorization = self._twitch.authorize(client.id, user, consent.scopes)
        answer = self._described_for_user(authorization)
        if "openid" in consent.scopes:
            signed = self._twitch.id_tokens.sign(consent, user, issuer, now)
            if signed is not None:
                answer["id_token"] = signed
        return Answer(200, answer)

    def _app_token(self, client: Client) -> Answer:
        token = self._twitch.tokens.issue_app(client.id, self._twitch.clock())
        return Answer(200, self._described(token))

    def _refreshed(self, client: Client, refresh_token: str) -> Answer:
        renewed: UserAuthorization | None = self._twitch.tokens.refresh(
            client.id, refresh_token, self._twitch.clock()
        )
        if renewed is None:
            return twitch_error(400, "Invalid refresh token")
        return Answer(200, self._described_for_user(renewed))

    def _described_for_user(self, authorization: UserAuthorization) -> dict[str, Any]:
        return {
            **self._described(authorization.access),
            "refresh_token": authorization.refresh_token,
            "scope": sorted(authorization.access.scopes),
        }

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

    async def keys(self, request: Request) -> Answer:
        """`GET /oauth2/keys`: the public keys of id tokens."""
        return Answer(200, self._twitch.id_tokens.published())

    async def discovery(self, request: Request) -> Answer:
        """`GET /oauth2/.well-known/openid-configuration`."""
        root = issuer(request)
        return Answer(
            200,
            {
                "issuer": root,
                "authorization_endpoint": f"{root}/authorize",
                "token_endpoint": f"{root}/token",
                "userinfo_endpoint": f"{root}/userinfo",
                "jwks_uri": f"{root}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "scopes_supported": ["openid"],
            },
        )

    async def userinfo(self, request: Request) -> Answer:
        """`GET /oauth2/userinfo` with a user token of scope openid."""
        token = self._twitch.tokens.find(bearer(request), self._twitch.clock())
        if token is None or token.user_id is None or "openid" not in token.scopes:
            return twitch_error(401, "invalid access token")
        user = self._twitch.users[token.user_id]
        about = {"iss": issuer(request), "aud": token.client_id, "sub": user.id}
        return Answer(200, about | shown_claims(user, token.scopes))


def issuer(request: Request) -> str:
    """The simulated Twitch's own name: the address that it was asked under."""
    return f"http://{request.headers['host']}/oauth2"


def _challenge(form: dict[str, str]) -> str:
    digest = sha256(form.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
