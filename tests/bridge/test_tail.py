"""The log file: bytes, places, and files that are cut, replaced and written in pieces."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldomatic.bridge.settings import BridgeSettings
from goldomatic.bridge.state import Place
from goldomatic.bridge.tail import CHUNK, LogFile, log_files, log_path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "WoWChatLog.txt"


def append(log: Path, content: bytes) -> None:
    with log.open("ab") as file:
        file.write(content)


def read_all(file: LogFile) -> list[str]:
    """Every line that is there, taken in."""
    found = []
    while (piece := file.read()) is not None:
        found += [line.text for line in piece.lines]
        file.accept(piece)
    return found


def begun(log: Path, place: Place | None = None) -> LogFile:
    file = LogFile(log, place)
    assert read_all(file) == []
    return file


# D-25
def test_the_first_run_ignores_what_is_there(log: Path) -> None:
    append(log, b"old MGM_ line\r\n" * 10)
    file = begun(log)
    append(log, b"new MGM_ line\r\n")
    assert read_all(file) == ["new MGM_ line"]


# D-25
def test_the_first_run_does_not_begin_within_a_line(log: Path) -> None:
    append(log, b"old\r\nBob says: [MGM_")
    file = begun(log)
    append(log, b"CONFIRM:x]\r\n")
    assert read_all(file) == ["Bob says: [MGM_CONFIRM:x]"]


# D-25
def test_a_later_run_goes_on_where_the_last_one_ended(log: Path) -> None:
    file = begun(log)
    append(log, b"MGM_1\r\nMGM_2\r\nMGM_3")
    piece = file.read()
    assert piece is not None
    file.accept(piece)
    later = LogFile(log, piece.place)
    append(log, b" and more\r\n")
    assert read_all(later) == ["MGM_3 and more"]


def test_lines_come_again_until_they_are_accepted(log: Path) -> None:
    file = begun(log)
    append(log, b"MGM_1\r\n")
    for _ in range(2):
        piece = file.read()
        assert piece is not None
        assert [line.text for line in piece.lines] == ["MGM_1"]
    file.accept(piece)
    assert file.read() is None


# D-24
def test_a_missing_file_is_waited_for_and_read_from_its_first_byte(log: Path) -> None:
    file = begun(log)
    assert not file.exists
    append(log, b"\xef\xbb\xbfMGM_1\r\n")
    assert read_all(file) == ["MGM_1"]
    assert file.exists


# D-24
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_any_cut_between_two_reads_gives_the_same_lines(log: Path, end: bytes) -> None:
    lines = ["MGM_Норинн говорит", "MGM_Ünïcode 🎁", "MGM_ascii"]
    content = b"\xef\xbb\xbf" + b"".join(line.encode() + end for line in lines)
    for cut in range(len(content) + 1):
        log.unlink(missing_ok=True)
        file = begun(log)
        append(log, content[:cut])
        found = read_all(file)
        append(log, content[cut:])
        assert found + read_all(file) == lines, cut


# D-24
@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")), max_size=6))
def test_no_bytes_stop_the_tail(
    tmp_path_factory: pytest.TempPathFactory, junk: list[bytes]
) -> None:
    log = tmp_path_factory.mktemp("log") / "WoWChatLog.txt"
    file = begun(log)
    append(log, b"".join(b"MGM_" + each + b"\n" for each in junk) + b"MGM_end\n")
    assert read_all(file)[-1] == "MGM_end"


# D-24
def test_an_invalid_byte_becomes_a_replacement(log: Path) -> None:
    file = begun(log)
    append(log, b"MGM_\xff\xd0\r\n")
    assert read_all(file) == ["MGM_\ufffd\ufffd"]


# D-24
def test_a_file_that_cannot_be_opened_is_read_later(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = begun(log)
    append(log, b"MGM_1\r\n")
    with monkeypatch.context() as patched:

        def locked(path: Path) -> None:
            raise PermissionError(13, "used by another process")

        patched.setattr("goldomatic.bridge.tail.open_shared", locked)
        with pytest.raises(PermissionError):
            file.read()
    assert read_all(file) == ["MGM_1"]


# D-23
def test_a_log_that_was_cut_is_read_from_its_start(log: Path) -> None:
    file = begun(log)
    append(log, b"MGM_1 and something long\r\n")
    assert read_all(file) == ["MGM_1 and something long"]
    log.write_bytes(b"MGM_2\r\n")
    piece = file.read()
    assert piece is not None
    assert piece.restarted
    assert [line.text for line in piece.lines] == ["MGM_2"]


# D-23
def test_a_log_that_was_cut_and_has_outgrown_the_place_is_noticed(log: Path) -> None:
    file = begun(log)
    append(log, b"same first line\r\nMGM_1\r\n")
    read_all(file)
    log.write_bytes(b"same first line\r\nMGM_2\r\nMGM_3\r\n")
    assert read_all(file) == ["MGM_2", "MGM_3"]


# D-23
def test_a_log_that_was_replaced_is_read_from_its_start(log: Path, tmp_path: Path) -> None:
    file = begun(log)
    append(log, b"MGM_1\r\n")
    read_all(file)
    (tmp_path / "new").write_bytes(b"MGM_2\r\nMGM_3\r\n")
    (tmp_path / "new").replace(log)
    assert read_all(file) == ["MGM_2", "MGM_3"]


# D-23
def test_a_log_that_was_only_moved_to_another_disk_goes_on(log: Path, tmp_path: Path) -> None:
    file = begun(log)
    append(log, b"MGM_1 of some length, as lines are\r\n")
    piece = file.read()
    assert piece is not None
    shutil.copy(log, tmp_path / "copy")
    (tmp_path / "copy").replace(log)
    append(log, b"MGM_2\r\n")
    assert read_all(LogFile(log, piece.place)) == ["MGM_2"]


def test_a_log_that_was_emptied_is_read_from_its_start(log: Path) -> None:
    file = begun(log)
    append(log, b"MGM_1\r\n")
    read_all(file)
    log.write_bytes(b"")
    read_all(file)
    append(log, b"MGM_1\r\n")
    assert read_all(file) == ["MGM_1"]


def test_a_backlog_is_read_in_pieces(log: Path) -> None:
    file = begun(log)
    line = b"MGM_" + b"x" * 250 + b"\r\n"
    number = 3 * CHUNK // len(line)
    append(log, line * number)
    first = file.read()
    assert first is not None
    assert len(first.lines) < number
    assert len(read_all(file)) == number


def test_what_is_too_long_for_a_line_does_not_stop_the_tail(log: Path) -> None:
    file = begun(log)
    append(log, b"MGM_" + b"x" * (2 * CHUNK))
    read_all(file)
    append(log, b"\nMGM_1\n")
    assert read_all(file)[-1] == "MGM_1"


def test_padding_behind_a_line_is_seen(log: Path) -> None:
    file = begun(log)
    append(log, b"MGM_1\r\nMGMPAD....\r\nMGM_2\r\n")
    piece = file.read()
    assert piece is not None
    assert [(line.text, line.padded) for line in piece.lines] == [("MGM_1", True), ("MGM_2", False)]


def test_a_sparse_log_of_two_gigabytes_is_begun_at_its_end(log: Path) -> None:
    with log.open("wb") as file:
        file.truncate(2_000_000_000)
    found = begun(log)
    append(log, b"MGM_1\r\n")
    assert [line[-5:] for line in read_all(found)] == ["MGM_1"]


# D-26
def test_where_the_log_is(tmp_path: Path) -> None:
    name = "WoWChatLog.txt"
    (tmp_path / "logs").mkdir()
    (tmp_path / "own.txt").touch()
    game = str(tmp_path / "game")

    def path(**given: str | None) -> Path | None:
        return log_path(BridgeSettings(**given))

    assert path() is None
    assert path(chat_log=f"  {tmp_path}/logs ") == tmp_path / "logs" / name
    assert path(chat_log=f" {tmp_path}/own.txt\t", game_folder=game) == tmp_path / "own.txt"
    assert path(chat_log=f"{tmp_path}/gone", game_folder=game) == tmp_path / "game" / "Logs" / name
    assert path(game_folder=f" {game} ") == tmp_path / "game" / "Logs" / name
    assert path(chat_log="  ", game_folder=" ") is None


def test_dated_logs_of_patched_clients_are_followed(tmp_path: Path) -> None:
    dated = [f"2026-11-{day}-20.15.00 WoWChatLog.txt" for day in (19, 20, 21)]
    for name in [*dated, "WoWCombatLog.txt", "2026 WoWChatLog.txt"]:
        (tmp_path / name).touch()
    plain = tmp_path / "WoWChatLog.txt"
    assert log_files(plain) == [plain, tmp_path / dated[1], tmp_path / dated[2]]
    assert log_files(tmp_path / "nowhere" / "WoWChatLog.txt")[1:] == []
