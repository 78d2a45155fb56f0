"""The overlay's link: only the service can make it, and one at a time is valid."""

import re

import pytest

from goldomatic.channel import renew_overlay_link
from goldomatic.config import Secret
from goldomatic.overlay.events import OverlayLinkRenewed
from goldomatic.overlay.link import sign, signed_number
from goldomatic.values import ChannelId
from support.story import Story, accepted

SECRET = Secret("a secret of at least thirty-two characters")
CHANNEL = ChannelId("4242")
LINK = sign(SECRET, CHANNEL, 7)


def test_a_link_carries_the_number_that_was_signed() -> None:
    assert re.fullmatch(r"4242\.7\.[A-Za-z0-9_-]{43}", LINK)
    assert signed_number(SECRET, CHANNEL, LINK) == 7
    assert sign(SECRET, CHANNEL, 7) == LINK


@pytest.mark.parametrize(
    "given",
    [
        "",
        "4242.7",
        "4242.7." + "A" * 43,
        LINK[:-1],
        LINK + "A",
        LINK.replace("4242.7.", "4242.8."),
        LINK.replace("4242.7.", "4242.07."),
        LINK.replace("4242.7.", "4243.7."),
        LINK.swapcase(),
        " " + LINK,
        LINK + "\n",
        "٤٢٤٢" + LINK[4:],
        "x" * 100_000,
    ],
)
def test_whatever_was_not_signed_is_no_link(given: str) -> None:
    assert signed_number(SECRET, CHANNEL, given) is None


def test_another_secret_or_channel_does_not_know_it() -> None:
    assert signed_number(Secret("another secret of thirty-two characters"), CHANNEL, LINK) is None
    assert signed_number(SECRET, ChannelId("4243"), LINK) is None


def test_without_a_secret_nothing_is_signed_and_nothing_opens() -> None:
    with pytest.raises(ValueError, match="without a secret"):
        sign(Secret(""), CHANNEL, 7)
    assert signed_number(Secret(""), CHANNEL, LINK) is None


def test_a_renewed_link_has_the_next_number() -> None:
    story = Story()
    assert story.state.overlay.number.durable == 1
    (first,) = accepted(story.then(renew_overlay_link("operator")))
    (second,) = accepted(story.then(renew_overlay_link("broadcaster:1")))
    assert first == OverlayLinkRenewed(number=2, actor="operator")
    assert second == OverlayLinkRenewed(number=3, actor="broadcaster:1")
    assert story.state.overlay.number.durable == 3


def test_the_number_outlives_a_snapshot() -> None:
    story = Story()
    story.then(renew_overlay_link("operator"))
    again = Story()
    again.state.load(story.state.dump())
    assert again.state.overlay.number.durable == 2
