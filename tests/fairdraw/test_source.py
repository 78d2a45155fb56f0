import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairdraw.web import Web, body, redirect, serving, status, trickle
from goldomatic.fairdraw.source import (
    NoServerError,
    UnreadableError,
    api_address,
    fetch,
    find,
    read_file,
)

DRAW = "0b0e6a5c-5a2c-4c4e-9d0b-2f6f8a7e1c11"
API = f"/api/draws/{DRAW}"


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as server:
        yield server


@pytest.mark.parametrize(
    ("address", "asks", "draw"),
    [
        ("https://gold.example/draws/d1", "https://gold.example/api/draws/d1", "d1"),
        ("https://gold.example/draws/d1/", "https://gold.example/api/draws/d1", "d1"),
        ("https://gold.example/draws/d1?lang=ru#proof", "https://gold.example/api/draws/d1", "d1"),
        ("https://gold.example/api/draws/d1", "https://gold.example/api/draws/d1", "d1"),
        ("HTTP://gold.example:8/x/draws/d1", "http://gold.example:8/x/api/draws/d1", "d1"),
        ("https://gold.example/x/api/draws/d1", "https://gold.example/x/api/draws/d1", "d1"),
        ("https://gold.example/draws/%C3%A9", "https://gold.example/api/draws/%C3%A9", "é"),
        ("https://files.example/record.json?v=2", "https://files.example/record.json?v=2", None),
        ("https://gold.example/draws/", "https://gold.example/draws/", None),
        ("https://gold.example", "https://gold.example", None),
    ],
)
def test_a_page_address_becomes_the_api_address(address: str, asks: str, draw: str | None) -> None:
    assert api_address(address) == (asks, draw)


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(b"\x00\xff")
    found = find(str(path), None)
    assert (found.data, found.asked_for) == (b"\x00\xff", None)


def test_a_missing_file_or_a_folder_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.json", tmp_path):
        with pytest.raises(UnreadableError, match=f"cannot read {path}"):
            find(str(path), None)


def test_a_file_may_have_the_greatest_size_but_not_more(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(UnreadableError, match="more than 4 bytes"):
        read_file(path, 4)


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{}")))
    assert find("-", None).data == b"{}"


def test_a_draw_id_is_asked_of_the_server(web: Web) -> None:
    web.answers[API] = body(b"record")
    for server in (web.address, web.address + "/"):
        found = find(DRAW, server)
        assert (found.data, found.asked_for) == (b"record", DRAW)
    assert web.asked == [API, API]


def test_a_draw_id_without_a_server_is_not_enough() -> None:
    for server in (None, ""):
        with pytest.raises(NoServerError):
            find(DRAW, server)


def test_a_page_is_asked_for_its_record(web: Web) -> None:
    web.answers[API] = body(b"record")
    found = find(f"{web.address}/draws/{DRAW}", None)
    assert (found.data, found.asked_for) == (b"record", DRAW)


def test_redirects_are_followed_but_not_for_ever(web: Web) -> None:
    web.answers |= {"/a": redirect("/b"), "/b": body(b"record"), "/loop": redirect("/loop")}
    assert fetch(web.address + "/a") == b"record"
    with pytest.raises(UnreadableError, match="redirect"):
        fetch(web.address + "/loop")
    assert web.asked.count("/loop") == 6


@pytest.mark.parametrize("code", [204, 404, 500])
def test_another_answer_than_200_is_not_a_record(web: Web, code: int) -> None:
    web.answers["/a"] = status(code)
    with pytest.raises(UnreadableError, match=f"/a answered {code}"):
        fetch(web.address + "/a")


def test_a_body_may_have_the_greatest_size_but_not_more(web: Web) -> None:
    web.answers["/a"] = body(b"12345")
    assert fetch(web.address + "/a", most=5) == b"12345"
    with pytest.raises(UnreadableError, match="more than 4 bytes"):
        fetch(web.address + "/a", most=4)


def test_the_size_is_that_of_the_unpacked_body(web: Web) -> None:
    packed = gzip.compress(bytes(1_000_000))
    headers = {"Content-Length": str(len(packed)), "Content-Encoding": "gzip"}
    web.answers["/a"] = 200, headers, [packed], 0
    assert len(fetch(web.address + "/a", most=1_000_000)) == 1_000_000
    with pytest.raises(UnreadableError, match="more than 999,999 bytes"):
        fetch(web.address + "/a", most=999_999)


def test_a_server_that_trickles_cannot_hold_us(web: Web) -> None:
    web.answers["/a"] = trickle(b"x", times=500, pause=0.02)
    with pytest.raises(UnreadableError, match="too slowly"):
        fetch(web.address + "/a", longest=0.1)


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1/a", "http://[::1/a", "http://127.0.0.1:99999/", "http://"],
)
def test_no_answer_is_a_sentence(address: str) -> None:
    with pytest.raises(UnreadableError, match="cannot fetch http://"):
        fetch(address)


def test_half_an_address_is_a_sentence() -> None:
    with pytest.raises(UnreadableError, match="is no address"):
        find("http://[::1/draws/d1", None)


def test_a_broken_body_is_a_sentence(web: Web) -> None:
    web.answers["/short"] = 200, {"Content-Length": "10"}, [b"abc"], 0
    web.answers["/gzip"] = 200, {"Content-Length": "3", "Content-Encoding": "gzip"}, [b"abc"], 0
    for path in ("/short", "/gzip"):
        with pytest.raises(UnreadableError, match=f"cannot fetch {web.address}{path}"):
            fetch(web.address + path)
