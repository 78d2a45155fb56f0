"""Databases that earlier versions made open in this one, and say what they always said."""

import shutil
from pathlib import Path

import msgspec
import psycopg
import pytest

from goldomatic.ledger.rebuild import differences, rebuild
from goldomatic.values import ChannelId
from support.ledger import CODEC, POOL, Circle, count, enter, opened, started, whole_log
from support.ledger_samples import SAMPLES, Expected, describe

NAMES = sorted(path.stem for path in SAMPLES.glob("ledger-v*.json"))


@pytest.fixture(params=NAMES)
def sample(request: pytest.FixtureRequest) -> Path:
    """Path of a sample, to which the endings are added."""
    return SAMPLES / str(request.param)


@pytest.fixture
def expected(sample: Path) -> dict[str, Expected]:
    """What the sample holds, by channel."""
    text = sample.with_suffix(".json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, Expected])


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def sample_url(request: pytest.FixtureRequest, sample: Path, tmp_path: Path) -> str:
    """Address of a copy of the sample."""
    if request.param == "sqlite":
        shutil.copy(sample.with_suffix(".sqlite"), tmp_path / "copy.db")
        return f"sqlite:///{tmp_path}/copy.db"
    url: str = request.getfixturevalue("postgres_url")
    with psycopg.connect(url) as connection:
        connection.execute(sample.with_suffix(".sql").read_bytes())
    return url


def test_there_are_samples() -> None:
    assert "ledger-v1" in NAMES


async def test_an_old_database_says_what_it_said(
    sample_url: str, expected: dict[str, Expected]
) -> None:
    async with opened(sample_url) as store:
        assert await store.channels() == sorted(expected)
        for channel, content in expected.items():
            assert await describe(store, ChannelId(channel)) == content


async def test_an_old_database_can_be_rebuilt(
    sample_url: str, expected: dict[str, Expected]
) -> None:
    async with opened(sample_url) as store:
        for channel in map(ChannelId, expected):
            assert await differences(store, channel, Circle(channel), CODEC, [POOL]) == []
            await store.clear_tables(channel, [POOL])
            checked = await rebuild(store, channel, Circle(channel), CODEC, [POOL])
            assert checked.erased == expected[channel].erased
            assert await describe(store, channel) == expected[channel]


async def test_an_old_database_can_be_written_on(
    sample_url: str, expected: dict[str, Expected]
) -> None:
    async with opened(sample_url) as store:
        for name, content in expected.items():
            channel = ChannelId(name)
            async with started(store, channel=channel) as writer:
                changed = await writer.change(enter("500", "Fresh"))
                assert changed.events[0].position == content.events + 1
                await writer.change(count())
                assert writer.model.count.durable == content.count + 1
            assert len(await whole_log(store, channel)) == content.events + 2
