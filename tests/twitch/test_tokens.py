"""Tokens: given out, never shown."""

import pytest

from goldomatic.twitch.tokens import Bearer, StaticToken, TokenSource

TOKEN = "abcdefghij0123456789klmnopqrst"


class Refreshing:
    """A source with tokens in stock; remembers what was rejected."""

    def __init__(self, *tokens: str | None) -> None:
        self.stock = list(tokens)
        self.rejected: list[str] = []

    async def get(self) -> str | None:
        return self.stock[0]

    async def refresh(self, rejected: str) -> str | None:
        self.rejected.append(rejected)
        return self.stock.pop(0)


async def test_a_static_token_is_given_and_never_refreshed() -> None:
    source: TokenSource = StaticToken(f" {TOKEN}\n")
    assert await source.get() == TOKEN
    assert await source.refresh(TOKEN) is None
    assert bool(source)


@pytest.mark.parametrize("nothing", [None, "", " \n"])
async def test_without_a_token_the_source_is_false(nothing: str | None) -> None:
    source = StaticToken(nothing)
    assert not source
    assert await source.get() is None


def test_a_token_does_not_show() -> None:
    for shown in (repr(StaticToken(TOKEN)), str(StaticToken(TOKEN)), f"{StaticToken(TOKEN)}"):
        assert shown == "StaticToken(set)"
    assert repr(StaticToken("")) == "StaticToken(empty)"
    assert TOKEN not in repr(Bearer(TOKEN, StaticToken(TOKEN)))


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "токен", "nul\x00", "\ud800"])
def test_a_token_that_fits_no_header_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII") as error:
        StaticToken(token)
    assert token not in str(error.value)


async def test_a_bearer_is_renewed_once() -> None:
    source = Refreshing("second", "third")
    bearer = Bearer("first", source)
    assert await bearer.renew()
    assert bearer.token == "second"
    assert not await bearer.renew()
    assert bearer.token == "second"
    assert source.rejected == ["first"]


@pytest.mark.parametrize("fresh", [None, "", "first"])
async def test_a_bearer_without_another_token_keeps_its_own(fresh: str | None) -> None:
    bearer = Bearer("first", Refreshing(fresh))
    assert not await bearer.renew()
    assert bearer.token == "first"
