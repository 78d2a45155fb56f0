"""An exported log is enough to check the chain, with nothing of ours."""

import hashlib
import json
import re
import struct
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from goldomatic.ledger.change import Cause
from goldomatic.ledger.export import DamagedEventError, export
from goldomatic.ledger.store import Store
from support.ledger import (
    CHANNEL,
    Counted,
    LogBuilder,
    Ticks,
    count,
    enter,
    forget,
    leave,
    started,
    whole_log,
)


def recheck(lines: list[str], previous: bytes | None = None) -> bytes:
    """The chain by docs/ledger.md, written a second time; gives the head."""
    for text in lines:
        line = json.loads(text)
        if previous is None:
            previous = hashlib.sha256(b"goldomatic-ledger/1\0" + line["channel"].encode()).digest()
        at = datetime.fromisoformat(line["at"]) - datetime.fromisoformat("1970-01-01T00:00:00Z")
        micros = (at.days * 86400 + at.seconds) * 10**6 + at.microseconds
        content = previous + struct.pack(">Qq", line["position"], micros)
        for field in ("type", "viewer", "cause", "data"):
            if line[field] is None:
                content += b"\xff" * 4
            else:
                value = line[field].encode()
                content += struct.pack(">I", len(value)) + value
        content += bytes.fromhex(line["personalHash"] or "00" * 32)
        previous = hashlib.sha256(content).digest()
        assert previous.hex() == line["hash"], f"broken at {line['position']}"
        if line["personal"] is not None:
            digest = hashlib.sha256(line["personal"].encode()).hexdigest()
            assert digest == line["personalHash"], f"broken at {line['position']}"
    assert previous is not None
    return previous


async def live(store: Store) -> None:
    async with started(store, clock=Ticks()) as writer:
        await writer.change(enter("1", 'Зул\'джин "x" \\ \u2028 😀'), cause=Cause("chat:ü-1"))
        await writer.change(enter("2", "Jaina"), cause=Cause("claim:\n"))
        await writer.change(count(7))
        await writer.change(forget("2"))
        await writer.change(leave("1"))


async def exported(store: Store, *, after: int = 0, public: bool = False) -> list[str]:
    pieces = [piece async for piece in export(store, CHANNEL, after=after, public=public)]
    text = b"".join(pieces).decode()
    assert text.endswith("\n")
    # Not splitlines(): it also splits at other characters than the line feed.
    return text[:-1].split("\n")


async def test_the_chain_can_be_checked_from_the_file_alone(store: Store) -> None:
    await live(store)
    lines = await exported(store)
    assert len(lines) == 5
    assert recheck(lines) == (await whole_log(store))[-1].hash


async def test_the_program_in_the_document_checks_a_file(store: Store) -> None:
    await live(store)
    document = Path(__file__).parents[2] / "docs" / "ledger.md"
    [program] = re.findall(r"```python\n(.*?)```", document.read_text(), re.DOTALL)
    lines = await exported(store)

    def check(text: str) -> tuple[int, str]:
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()

    head = (await whole_log(store))[-1].hash.hex()
    assert check("\n".join(lines)) == (0, f"intact, head {head}\n")
    lines[2] = lines[2].replace("7", "8")
    assert check("\n".join(lines)) == (1, "broken at position 3\n")
    del lines[2]
    assert check("\n".join(lines)) == (1, "broken at position 4\n")
    assert check("") == (0, "intact, head none\n")


async def test_a_change_of_any_character_of_the_content_is_found(store: Store) -> None:
    await live(store)
    lines = await exported(store)
    for old, new in (("7", "8"), ("Jaina", "Thrall"), ("chat:", "chas:"), ("Зул", "Зуя")):
        changed = [line.replace(old, new) for line in lines]
        if changed != lines:
            with pytest.raises(AssertionError, match="broken at"):
                recheck(changed)


async def test_a_public_export_has_no_names_and_still_checks(store: Store) -> None:
    await live(store)
    lines = await exported(store, public=True)
    assert recheck(lines) == (await whole_log(store))[-1].hash
    assert "Зул" not in "".join(lines)
    assert all(json.loads(line)["personal"] is None for line in lines)


async def test_an_export_can_go_on_where_another_ended(store: Store) -> None:
    await live(store)
    whole, rest = await exported(store), await exported(store, after=2)
    assert rest == whole[2:]
    assert recheck(rest, recheck(whole[:2])) == recheck(whole)


async def test_a_line_has_the_documented_fields(store: Store) -> None:
    await live(store)
    first, second, third, *_ = map(json.loads, await exported(store))
    assert list(first) == [
        "channel", "position", "at", "type", "viewer", "cause",
        "data", "personal", "personalHash", "hash",
    ]  # fmt: skip
    assert re.fullmatch(r"2026-09-21T18:00:00\.\d{6}Z", first["at"])
    assert json.loads(first["data"]) == {"viewerId": "1", "source": "chat"}
    assert json.loads(first["personal"])["characterName"].startswith("Зул'джин")
    assert second["personal"] is None
    assert re.fullmatch("[0-9a-f]{64}", second["personalHash"])
    assert (third["viewer"], third["cause"], third["personalHash"]) == (None, None, None)


async def test_an_event_that_is_not_text_is_named(store: Store) -> None:
    batch = LogBuilder().batch(Counted(), Counted())
    batch.events[1] = replace(batch.events[1], data=b"\xff\xfe")
    await store.append(batch)
    with pytest.raises(DamagedEventError, match="event 2 cannot be exported"):
        await exported(store)
