"""Request limits: who is counted, where, and for how long."""

import threading
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import pytest

from goldomatic.config import Settings
from goldomatic.values import Code, Refused
from goldomatic.web import limits
from goldomatic.web.limits import RateLimits, Windows, address_key, caller_key, client_ip

PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


class FrozenTime:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> FrozenTime:
    return FrozenTime()


@pytest.fixture
def rate(clock: FrozenTime) -> RateLimits:
    return RateLimits(Settings(environment="development", operator_per_minute=20), clock)


def accepted(hit: Callable[[], None], most: int = 1000) -> int:
    """How many calls pass before the first refusal."""
    for count in range(most):
        try:
            hit()
        except Refused as refused:
            if refused.code is not Code.RATE_LIMITED:
                raise
            return count
    return most


# G-23: as many as configured pass, the next is refused; another viewer is unaffected.
def test_a_viewer_has_a_number_of_writes_a_minute(rate: RateLimits) -> None:
    assert accepted(lambda: rate.write("user:1")) == 5
    assert accepted(lambda: rate.write("user:2")) == 5


def test_a_viewer_has_a_number_of_reads_a_minute(rate: RateLimits) -> None:
    assert accepted(lambda: rate.read("user:1")) == 120
    assert accepted(lambda: rate.read("user:2")) == 120


def test_the_operator_has_a_ceiling_of_its_own(rate: RateLimits) -> None:
    assert accepted(lambda: rate.operator("key")) == 20


def test_reads_writes_and_failures_do_not_share_a_counter(rate: RateLimits) -> None:
    for _ in range(100):
        rate.read("1.2.3.4")
    assert accepted(lambda: rate.write("1.2.3.4")) == 5
    assert accepted(lambda: rate.failed_authentication("1.2.3.4")) == 60
    assert accepted(lambda: rate.operator("1.2.3.4")) == 20
    assert accepted(lambda: rate.read("1.2.3.4")) == 20


def test_equal_limits_do_not_share_a_counter(clock: FrozenTime) -> None:
    same = Settings(
        environment="development", reads_per_minute=60, writes_per_minute=60, operator_per_minute=60
    )
    rate = RateLimits(same, clock)
    hits = (rate.read, rate.write, rate.operator, rate.failed_authentication)
    for hit in hits:
        assert accepted(lambda hit=hit: hit("1.2.3.4")) == 60  # type: ignore[misc]


# G-23: the refusal says how long to wait.
def test_a_window_lasts_a_minute_from_its_first_request(
    rate: RateLimits, clock: FrozenTime
) -> None:
    rate.write("user:1")
    clock.now += 20.5
    assert accepted(lambda: rate.write("user:1")) == 4
    with pytest.raises(Refused) as caught:
        rate.write("user:1")
    assert caught.value.details == {"retryAfter": 40}
    clock.now += 39.4
    with pytest.raises(Refused) as caught:
        rate.write("user:1")
    assert caught.value.details == {"retryAfter": 1}
    clock.now += 0.1
    assert accepted(lambda: rate.write("user:1")) == 5


def test_failures_of_one_ipv6_network_are_counted_together(rate: RateLimits) -> None:
    assert accepted(lambda: rate.failed_authentication("2001:db8::1")) == 60
    with pytest.raises(Refused):
        rate.failed_authentication("2001:db8::ffff")
    rate.failed_authentication("2001:db8:0:1::1")


def test_memory_is_given_back_when_windows_end(rate: RateLimits, clock: FrozenTime) -> None:
    for number in range(2000):
        rate.read(f"user:{number}")
    assert len(rate.windows) == 2000
    clock.now += 60
    for number in range(1000):
        rate.read(f"late:{number}")
    assert len(rate.windows) == 1000


def test_a_caller_that_comes_back_does_not_keep_the_others_in_memory(
    rate: RateLimits, clock: FrozenTime
) -> None:
    for number in range(1000):
        rate.read(f"user:{number}")
    clock.now += 60
    rate.read("user:500")
    for number in range(600):
        rate.read(f"late:{number}")
    assert len(rate.windows) == 601


def test_memory_has_a_ceiling_within_one_window(
    rate: RateLimits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_WINDOWS", 100)
    for number in range(1000):
        rate.failed_authentication(f"10.0.{number // 256}.{number % 256}")
    assert len(rate.windows) <= 100


def test_no_thread_is_started(rate: RateLimits) -> None:
    before = set(threading.enumerate())
    for number in range(100):
        rate.read(str(number))
    assert set(threading.enumerate()) == before


def test_windows_answer_what_the_limits_package_asks(clock: FrozenTime) -> None:
    windows = Windows(clock)
    assert windows.incr("a", 60) == 1
    assert windows.incr("a", 60, amount=2) == 3
    assert windows.get("a") == 3
    assert windows.get_expiry("a") == 1060
    clock.now += 60
    assert windows.get("a") == 0
    assert windows.get_expiry("a") == clock.now
    assert windows.incr("a", 60) == 1
    windows.clear("a")
    assert windows.get("a") == 0
    windows.incr("b", 60)
    assert windows.reset() == 1
    assert windows.check()


def test_a_caller_is_the_viewer_else_the_opaque_id_else_the_address() -> None:
    assert caller_key("42", "U42", "1.2.3.4") == "user:42"
    assert caller_key(None, "A7", "1.2.3.4") == "opaque:A7"
    assert caller_key(None, None, "1.2.3.4") == "ip:1.2.3.4"
    assert caller_key("", "", "2001:db8::1") == "ip:2001:db8::/64"
    assert caller_key("42", None, "") != caller_key(None, "42", "")


def test_an_address_that_is_none_is_still_a_key() -> None:
    assert address_key("unknown") == "unknown"


def request_from(peer: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    return {"client": (peer, 1234) if peer else None, "headers": [(b"host", b"gold"), *headers]}


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("1.2.3.4", (), "1.2.3.4"),
        # A caller that is no proxy cannot speak for others.
        ("1.2.3.4", ("9.9.9.9",), "1.2.3.4"),
        ("10.0.0.1", ("9.9.9.9",), "9.9.9.9"),
        # What a client invents stands to the left of what our proxy saw.
        ("10.0.0.1", ("6.6.6.6, 9.9.9.9",), "9.9.9.9"),
        ("10.0.0.1", ("6.6.6.6", "9.9.9.9"), "9.9.9.9"),
        ("10.0.0.1", ("6.6.6.6, 9.9.9.9, 10.0.0.2",), "9.9.9.9"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("9.9.9.9, nonsense, 10.0.0.2",), "10.0.0.2"),
        ("10.0.0.1", ("9.9.9.9:1234",), "9.9.9.9"),
        ("fd00::1", ("[2001:db8::5]:1234",), "2001:db8::5"),
        ("fd00::1", ("2001:DB8:0::5",), "2001:db8::5"),
        ("::ffff:10.0.0.1", ("9.9.9.9",), "9.9.9.9"),
        ("::ffff:1.2.3.4", ("9.9.9.9",), "1.2.3.4"),
        (None, ("9.9.9.9",), "unknown"),
        ("testclient", ("9.9.9.9",), "unknown"),
    ],
)
def test_the_client_is_the_first_address_that_no_trusted_proxy_has(
    peer: str | None, forwarded: tuple[str, ...], expected: str
) -> None:
    assert client_ip(request_from(peer, *forwarded), PROXIES) == expected


def test_without_trusted_proxies_the_peer_is_the_client() -> None:
    assert client_ip(request_from("10.0.0.1", "9.9.9.9"), ()) == "10.0.0.1"


def test_a_long_chain_of_proxies_is_read_in_part() -> None:
    chain = ", ".join(["9.9.9.9", *["10.0.0.2"] * 10_000])
    assert client_ip(request_from("10.0.0.1", chain), PROXIES) == "10.0.0.2"
