"""Calls to the service: the key, the repeats, and what an error says."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goldomatic.bridge.service_client import (
    NotConfiguredError,
    ServiceClient,
    ServiceError,
    check_connection,
)
from goldomatic.setting_texts import Secret
from goldomatic.simulation.asgi import Answer
from support.bridge_game import HandTime, winners
from support.clock import FakeClock
from support.gate import Gate, gate
from support.service import API_KEY, Stage, running

KEY = Secret(API_KEY)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(tmp_path, e2e_harness=True) as running_stage:
        yield running_stage


@pytest.fixture
async def way(stage: Stage) -> AsyncIterator[Gate]:
    async with gate(stage.url) as made:
        yield made


@pytest.fixture
def time() -> HandTime:
    return HandTime(FakeClock())


@pytest.fixture
async def client(way: Gate, time: HandTime) -> AsyncIterator[ServiceClient]:
    made = ServiceClient(f" {way.url}/ ", KEY, time)
    yield made
    await made.aclose()


# D-01
async def test_with_the_right_key_the_connection_is_good(stage: Stage) -> None:
    assert await check_connection(stage.url, KEY) is None


# D-02
async def test_a_wrong_key_is_named_and_the_right_one_recovers(stage: Stage) -> None:
    wrong = await check_connection(stage.url, Secret("another-key-altogether"))
    assert wrong is not None
    assert "forbidden_apikey" in wrong
    assert "another-key" not in wrong
    assert await check_connection(stage.url, KEY) is None


# D-03
async def test_without_address_or_key_nothing_is_asked(way: Gate, time: HandTime) -> None:
    cases = [
        ("  ", KEY, "API base URL is not configured."),
        (way.url, None, "X-MGM-ApiKey is not configured."),
        (way.url, Secret(""), "X-MGM-ApiKey is not configured."),
    ]
    for url, key, text in cases:
        client = ServiceClient(url, key, time)
        with pytest.raises(NotConfiguredError, match=text):
            await client.payouts()
        assert await check_connection(url, key) == text
        await client.aclose()
    assert way.calls == []


# D-21
async def test_lost_requests_are_repeated_after_2_4_and_8_seconds(
    client: ServiceClient, way: Gate, time: HandTime
) -> None:
    way.drop = 3
    assert await client.payouts() == []
    assert time.waits == [2, 4, 8]


# D-21
async def test_after_the_last_repeat_the_error_is_told(
    client: ServiceClient, way: Gate, time: HandTime
) -> None:
    way.down = True
    with pytest.raises(ServiceError, match="GET /api/payouts: no connection") as failed:
        await client.payouts()
    assert failed.value.passing
    assert time.waits == [2, 4, 8]
    assert len(way.calls) == 4


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_passing_answers_are_repeated(
    client: ServiceClient, way: Gate, time: HandTime, status: int
) -> None:
    way.answers = [Answer(status), Answer(status, None, {"Retry-After": "7"})]
    assert await client.payouts() == []
    assert time.waits == [2, 7]


async def test_refusals_are_final(client: ServiceClient, way: Gate, time: HandTime) -> None:
    with pytest.raises(ServiceError) as refused:
        await client.payout("0f8fad5b-d9cb-469f-a165-70867728950e")
    error = refused.value
    assert (error.status, error.code, error.final, error.passing) == (404, "not_found", True, False)
    assert time.waits == []


@pytest.mark.parametrize(
    "answer", [Answer(404, b"<html>nothing here</html>"), Answer(301), Answer(200, b"<html>")]
)
async def test_what_is_not_the_services_answer_is_neither_success_nor_final(
    client: ServiceClient, way: Gate, answer: Answer
) -> None:
    way.answers = [answer, answer]
    with pytest.raises(ServiceError) as refused:
        await client.pending()
    assert not refused.value.final


async def test_a_wrong_key_is_not_final(way: Gate, time: HandTime) -> None:
    client = ServiceClient(way.url, Secret("wrong"), time)
    with pytest.raises(ServiceError) as refused:
        await client.payouts()
    assert refused.value.code == "forbidden_apikey"
    assert not refused.value.final
    await client.aclose()


async def test_what_the_service_says_is_read(
    client: ServiceClient, stage: Stage, way: Gate
) -> None:
    (payout_id,) = await winners(stage, 1)
    (payout,) = await client.payouts()
    assert (payout.id, payout.character_name, payout.gold_amount) == (payout_id, "Norinn", 1000)
    assert (payout.status, payout.consented) == ("Pending", False)
    await client.accept(payout_id, "Norinn")
    await client.set_status(payout_id, "InProgress")
    found = await client.payout(payout_id)
    assert (found.status, found.consented) == ("InProgress", True)
    assert await client.candidate() is None
    assert (await client.version()).version
    way.answers = [Answer(200, b"null")]
    assert await client.pending() == []


async def test_a_service_without_a_list_is_asked_for_the_pending_ones(
    client: ServiceClient, stage: Stage, way: Gate
) -> None:
    (payout_id,) = await winners(stage, 1)
    way.answers = [Answer(404, {"code": "not_found", "message": "", "details": {}})]
    assert [payout.id for payout in await client.payouts()] == [payout_id]


async def test_where_nobody_listens_the_error_says_so(time: HandTime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}", "http://[", "ftp://x", "no-address"):
        client = ServiceClient(url, KEY, time, retries=0)
        with pytest.raises(ServiceError) as failed:
            await client.payouts()
        assert API_KEY not in str(failed.value)
        await client.aclose()
