"""Which way events come in, by one setting or the public address."""

from typing import Any

import pytest

from goldomatic.config import Secret, Settings
from goldomatic.reception.reception import is_reachable, transport_of
from goldomatic.values import ChannelId


def made(**changes: Any) -> Settings:
    given: dict[str, Any] = {
        "environment": "development",
        "twitch_client_id": "id",
        "twitch_client_secret": Secret("client-secret"),
        "twitch_broadcaster_id": ChannelId("1"),
        "twitch_eventsub_secret": Secret("an eventsub secret"),
        "public_url": "https://gold.example.org",
    }
    return Settings(**(given | changes))


@pytest.mark.parametrize(
    ("changes", "transport"),
    [
        ({}, "webhook"),
        ({"public_url": "http://127.0.0.1:8000"}, "websocket"),
        ({"twitch_eventsub_secret": None}, "websocket"),
        ({"twitch_client_secret": None}, "websocket"),
        ({"twitch_eventsub_transport": "websocket"}, "websocket"),
        ({"twitch_eventsub_transport": "webhook", "public_url": ""}, "webhook"),
        ({"twitch_eventsub_transport": "webhook", "twitch_eventsub_secret": None}, None),
        ({"twitch_client_id": None}, None),
        ({"twitch_broadcaster_id": None}, None),
    ],
)
def test_the_transport_follows_from_the_settings(
    changes: dict[str, Any], transport: str | None
) -> None:
    assert transport_of(made(**changes)) == transport


@pytest.mark.parametrize(
    "url", ["https://gold.example.org", "https://gold.example.org:443", "https://93.184.215.14"]
)
def test_public_addresses_can_be_reached(url: str) -> None:
    assert is_reachable(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://gold.example.org",
        "https://gold.example.org:8443",
        "https://localhost",
        "https://gold.local",
        "https://192.168.1.2",
        "https://10.0.0.1",
        "https://[::1]",
        "",
    ],
)
def test_addresses_of_a_home_cannot(url: str) -> None:
    assert not is_reachable(url)
