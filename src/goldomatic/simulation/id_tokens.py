"""Id tokens of the simulated Twitch, signed by keys of its own; wrong ones on demand."""

import base64
import json
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from goldomatic.simulation.faults import Flaw
from goldomatic.simulation.tokens import Consent
from goldomatic.simulation.users import SimulatedUser

LIFETIME = timedelta(minutes=15)
_BITS = 2048


class IdTokenSigner:
    """Signs with the newest of its keys. `flaws` go wrong with the next tokens, in order."""

    def __init__(self) -> None:
        self.flaws: list[Flaw] = []
        self._keys: list[RSAKey] = []

    def rotate(self) -> None:
        """Sign with a new key from now on, and no longer publish the old ones."""
        self._keys = [_new_key()]

    def published(self) -> dict[str, Any]:
        """The JSON Web Key Set of the public keys."""
        public: Any = KeySet([self._key()]).as_dict(private=False)
        return {"keys": [{**key, "alg": "RS256", "use": "sig"} for key in public["keys"]]}

    def sign(self, consent: Consent, user: SimulatedUser, issuer: str, now: datetime) -> str | None:
        """The id token of a consent; None where the flaw is that there is none."""
        flaw = self.flaws.pop(0) if self.flaws else None
        claims = self._claims(consent, user, issuer, now)
        if flaw == "absent":
            return None
        if flaw is not None:
            claims |= _wrong(flaw, now)
        if flaw == "unsigned":
            return _unsigned(claims)
        if flaw == "symmetric":
            # A key that everybody knows, taken for a shared secret.
            public = OctKey.import_key(json.dumps(self.published()))
            return jwt.encode({"alg": "HS256", "kid": self._kid()}, claims, public)
        key = _new_key() if flaw in ("foreign_key", "unknown_key") else self._key()
        kid = key.thumbprint() if flaw == "unknown_key" else self._kid()
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": kid}, claims, key)

    def _claims(
        self, consent: Consent, user: SimulatedUser, issuer: str, now: datetime
    ) -> dict[str, Any]:
        claims: dict[str, Any] = {
            "iss": issuer,
            "aud": consent.client_id,
            "azp": consent.client_id,
            "sub": user.id,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        }
        if consent.nonce is not None:
            claims["nonce"] = consent.nonce
        offered = shown_claims(user, consent.scopes)
        return claims | {name: offered[name] for name in consent.claims if name in offered}

    def _key(self) -> RSAKey:
        if not self._keys:
            self._keys = [_first_key()]
        return self._keys[-1]

    def _kid(self) -> str:
        return self._key().thumbprint()


def shown_claims(user: SimulatedUser, scopes: frozenset[str]) -> dict[str, Any]:
    """Claims that an application may ask for besides those that every id token has."""
    claims: dict[str, Any] = {
        "preferred_username": user.display_name,
        "picture": f"https://images.example.test/{user.id}-300x300.png",
    }
    if "user:read:email" in scopes:
        claims |= {"email": user.address, "email_verified": user.email_verified}
    return claims


def _wrong(flaw: Flaw, now: datetime) -> dict[str, Any]:
    wrong: dict[str, dict[str, Any]] = {
        "wrong_nonce": {"nonce": "another-browser"},
        "expired": {"exp": int((now - timedelta(minutes=5)).timestamp())},
        "wrong_audience": {"aud": "another-application", "azp": "another-application"},
        "wrong_issuer": {"iss": "https://id.example.test/oauth2"},
    }
    return wrong.get(flaw, {})


def _unsigned(claims: dict[str, Any]) -> str:
    def part(content: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


@cache
def _first_key() -> RSAKey:
    """One for the whole process: making a key takes a tenth of a second."""
    return _new_key()


def _new_key() -> RSAKey:
    return RSAKey.generate_key(_BITS, auto_kid=True)
