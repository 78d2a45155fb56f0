"""Request limits: fixed windows of 60 seconds, in the memory of this process.

Reads and writes of a viewer, the operator's key and failed authentication are counted apart. The
`limits` package decides; the counters are our own `Windows`, because that package's MemoryStorage
starts a thread for almost every hit and walks all keys in it: 136 us of processor time a request
at a thousand a second, where this takes 3.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from goldomatic.config import Settings
from goldomatic.setting_texts import Network
from goldomatic.values import Code, Refused

Address = IPv4Address | IPv6Address

FAILED_AUTHENTICATIONS_PER_MINUTE = 60
SIGN_INS_PER_MINUTE = 20
MOST_WINDOWS = 100_000
_MOST_PROXIES = 16


class Windows(Storage):
    """Counters of windows that begin with their first hit; for one thread, all of one length.

    Memory is bounded twice: every new window lets go of up to two that have ended, and above
    `MOST_WINDOWS` the oldest goes, which forgives its caller rather than refusing everyone.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._windows: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self._clock()
        count, end = self._windows.get(key, (0, now))
        if end <= now:
            self._windows.pop(key, None)
            self._forget_ended(now)
            count, end = 0, now + expiry
        self._windows[key] = (count + amount, end)
        return count + amount

    def get(self, key: str) -> int:
        count, end = self._windows.get(key, (0, 0.0))
        return count if end > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, by the clock of these windows."""
        now = self._clock()
        return max(now, self._windows.get(key, (0, now))[1])

    def seconds_left(self, key: str) -> int:
        """Whole seconds until the window ends, at least 1."""
        return max(1, math.ceil(self.get_expiry(key) - self._clock()))

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        self._windows.pop(key, None)

    def _forget_ended(self, now: float) -> None:
        """Windows stand in the order of their end, because all are equally long."""
        for _ in range(2):
            oldest = next(iter(self._windows), None)
            if oldest is None:
                return
            if self._windows[oldest][1] > now and len(self._windows) < MOST_WINDOWS:
                return
            self._windows.popitem(last=False)


class RateLimits:
    """The limits of one process. Every method counts one request of `key`.

    All raise `Refused` with `rate_limited` and `retryAfter`, the whole seconds to wait.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self.windows = Windows(clock)
        self._limiter = FixedWindowRateLimiter(self.windows)
        self._read = _per_minute(settings.reads_per_minute, "read")
        self._write = _per_minute(settings.writes_per_minute, "write")
        self._operator = _per_minute(settings.operator_per_minute, "operator")
        self._failed = _per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE, "failed")
        self._sign_in = _per_minute(SIGN_INS_PER_MINUTE, "sign-in")

    def read(self, key: str) -> None:
        """One reading request of a viewer or address: see `caller_key`."""
        self._hit(self._read, key)

    def write(self, key: str) -> None:
        """One claim, gift request or raffle entry of a viewer or address: see `caller_key`."""
        self._hit(self._write, key)

    def operator(self, key: str) -> None:
        """One request with a valid API key; `key` names it, and is not the key itself."""
        self._hit(self._operator, key)

    def failed_authentication(self, ip: str) -> None:
        """One request from `ip` that failed to authenticate: to be called before its 401 or 403."""
        self._hit(self._failed, address_key(ip))

    def sign_in(self, ip: str) -> None:
        """One sign-in that is begun from `ip`."""
        self._hit(self._sign_in, address_key(ip))

    def _hit(self, limit: RateLimitItem, key: str) -> None:
        if not self._limiter.hit(limit, key):
            seconds = self.windows.seconds_left(limit.key_for(key))
            raise Refused(
                Code.RATE_LIMITED,
                f"Too many requests. Try again in {seconds} s.",
                details={"retryAfter": seconds},
            )


def caller_key(user_id: str | None, opaque_id: str | None, ip: str) -> str:
    """Whose counter a request falls on: the viewer's, else the opaque id's, else the address's."""
    if user_id:
        return f"user:{user_id}"
    if opaque_id:
        return f"opaque:{opaque_id}"
    return f"ip:{address_key(ip)}"


@lru_cache(maxsize=4096)
def address_key(ip: str) -> str:
    """The address, or the /64 network of an IPv6 one: a single caller has all of that."""
    address = _address(ip)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, 64), strict=False))
    return str(address or ip)


def client_ip(scope: Any, trusted_proxies: Sequence[Network]) -> str:
    """The address that a request comes from; "unknown" behind a Unix socket.

    `X-Forwarded-For` counts only when the peer is a trusted proxy. It is read from the right, as
    each proxy appends the peer it saw: the first address that is no trusted proxy is the client,
    and what stands left of it may be invented.
    """
    peer = scope.get("client")
    nearest = _address(peer[0]) if peer else None
    if nearest is None:
        return "unknown"
    if _is_trusted(nearest, trusted_proxies):
        for hop in reversed(_forwarded_for(scope)):
            if (address := _address(hop)) is None:
                break
            nearest = address
            if not _is_trusted(nearest, trusted_proxies):
                break
    return str(nearest)


def _forwarded_for(scope: Any) -> list[str]:
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return b",".join(lines).decode("latin-1").rsplit(",", _MOST_PROXIES)[-_MOST_PROXIES:]


def _is_trusted(address: Address, trusted_proxies: Sequence[Network]) -> bool:
    return any(address in network for network in trusted_proxies)


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    """The address in `1.2.3.4`, `1.2.3.4:80`, `::1` or `[::1]:80`; an IPv4-mapped one as IPv4."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _per_minute(amount: int, namespace: str) -> RateLimitItem:
    return RateLimitItemPerMinute(amount, namespace=namespace)
