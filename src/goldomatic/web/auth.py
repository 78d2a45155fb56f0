"""Who may come in: the Extension's viewers by token, the operator by key, anybody to read."""

from hmac import compare_digest

from goldomatic.config import Settings
from goldomatic.twitch.extension_jwt import Caller, ExtensionTokens, Role
from goldomatic.values import Clock, Code, Refused, ViewerId
from goldomatic.web.limits import RateLimits, caller_key, client_ip

_OPERATOR = "operator"


class Gate:
    """Authenticates and counts requests. Takes ASGI scopes, so that any handler can use it."""

    def __init__(
        self,
        settings: Settings,
        limits: RateLimits,
        tokens: ExtensionTokens | None,
        clock: Clock,
    ) -> None:
        self._key = settings.api_key.reveal().encode() if settings.api_key else b""
        self._proxies = settings.trusted_proxies
        self._limits = limits
        self._tokens = tokens
        self._clock = clock

    def reader(self, scope: object) -> Caller:
        """A holder of an Extension token who reads; identity is not needed."""
        caller = self._caller(scope)
        self._limits.read(self._key_of(scope, caller))
        return caller

    def identified_reader(self, scope: object) -> tuple[Caller, ViewerId]:
        """A viewer who shared identity and reads."""
        caller = self.reader(scope)
        return caller, _identity(caller)

    def identified_writer(self, scope: object) -> tuple[Caller, ViewerId]:
        """A viewer who shared identity and asks for a change."""
        caller = self._caller(scope)
        viewer_id = _identity(caller)
        self._limits.write(self._key_of(scope, caller))
        return caller, viewer_id

    def broadcaster(self, scope: object) -> Caller:
        """The broadcaster, by the role in the token; raises `forbidden_role` for others."""
        caller = self.reader(scope)
        if caller.role is not Role.BROADCASTER:
            raise Refused(Code.FORBIDDEN_ROLE, "Only the broadcaster may do this.")
        return caller

    def operator(self, scope: object) -> None:
        """The holder of the API key; raises `forbidden_apikey` for others."""
        given = header(scope, b"x-mgm-apikey")
        if not self._key or given is None or not compare_digest(given, self._key):
            self._limits.failed_authentication(self.address(scope))
            raise Refused(Code.FORBIDDEN_APIKEY, "A valid X-MGM-ApiKey is required.")
        self._limits.operator(_OPERATOR)

    def link_holder(self, scope: object, *, is_valid: bool) -> None:
        """Who came by a signed link, counted by address; raises `forbidden_link` for others."""
        if not is_valid:
            self._limits.failed_authentication(self.address(scope))
            raise Refused(Code.FORBIDDEN_LINK, "This link is not valid, or not any more.")
        self.anybody(scope)

    def anybody(self, scope: object) -> None:
        """A reader without credentials, counted by address."""
        self._limits.read(caller_key(None, None, self.address(scope)))

    def visitor(self, scope: object, viewer_id: ViewerId | None) -> None:
        """A reader whom the login cookie proves, or nobody known; counted accordingly."""
        self._limits.read(caller_key(viewer_id, None, self.address(scope)))

    def sign_in(self, scope: object) -> None:
        """Somebody who begins to sign in, counted by address."""
        self._limits.sign_in(self.address(scope))

    def optional_reader(self, scope: object) -> Caller | None:
        """A reader who may bring a token; a bad one is refused."""
        if header(scope, b"authorization") is not None:
            return self.reader(scope)
        self.anybody(scope)
        return None

    def address(self, scope: object) -> str:
        """The address that a request comes from."""
        return client_ip(scope, self._proxies)

    def _caller(self, scope: object) -> Caller:
        try:
            return self._verified(scope)
        except Refused:
            self._limits.failed_authentication(self.address(scope))
            raise

    def _verified(self, scope: object) -> Caller:
        if self._tokens is None:
            raise Refused(Code.UNAUTHORIZED, "Sign-in by the Extension is not configured.")
        given = (header(scope, b"authorization") or b"").decode("latin-1")
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(Code.UNAUTHORIZED, "A Bearer token is required.")
        return self._tokens.verify(token.strip(), self._clock())

    def _key_of(self, scope: object, caller: Caller) -> str:
        if caller.rate_key is not None:
            return caller.rate_key
        return caller_key(None, None, self.address(scope))


def header(scope: object, name: bytes) -> bytes | None:
    """The first header of that lower-case name in an ASGI scope."""
    for key, value in scope["headers"]:  # type: ignore[index]
        if key == name:
            found: bytes = value
            return found
    return None


def _identity(caller: Caller) -> ViewerId:
    if caller.viewer_id is None:
        raise Refused(Code.UNAUTHORIZED, "Share your identity with the Extension first.")
    return caller.viewer_id
