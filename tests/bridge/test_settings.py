"""Settings and key of the bridge: files that may be missing, broken or read by others."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import msgspec
import pytest

from goldomatic.bridge import settings as files
from goldomatic.bridge.keystore import KeyStore
from goldomatic.bridge.settings import BridgeSettings, BridgeSettingsError
from goldomatic.bridge.state import BridgeState, FolderTakenError

KEY = "a-key-that-nobody-may-see"
EVERYTHING = BridgeSettings(
    service_url="https://gold.example.org",
    poll_seconds=20,
    retries=5,
    game_folder="/games/Игра",
    chat_log="/logs",
    tag_match="strict",
    own_character="Норинн",
    injection="send_input",
    open_chat_key="slash",
    character_ms=30,
    idle_seconds=1.5,
    auto_sync=True,
    motion=False,
    language="ru",
)


# D-14
def test_a_round_trip_keeps_every_field(tmp_path: Path) -> None:
    defaults = BridgeSettings()
    for name in BridgeSettings.__struct_fields__:
        assert getattr(EVERYTHING, name) != getattr(defaults, name), name
    files.save(tmp_path, EVERYTHING)
    assert files.load(tmp_path) == EVERYTHING
    assert list(tmp_path.iterdir()) == [tmp_path / files.FILE_NAME]


# D-14
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"retries":"many"}', b'{"tag_match":"x"}']
)
def test_a_broken_file_means_the_defaults(tmp_path: Path, content: bytes) -> None:
    (tmp_path / files.FILE_NAME).write_bytes(content)
    assert files.load(tmp_path) == BridgeSettings()
    assert files.load(tmp_path / "nowhere") == BridgeSettings()


def test_a_key_of_a_later_version_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / files.FILE_NAME).write_bytes(b'{"retries":1,"from_the_future":2}')
    assert files.load(tmp_path).retries == 1


# D-27
@pytest.mark.parametrize(("given", "used"), [(1, 5), (15, 15), (9999, 600)])
def test_the_poll_interval_is_pulled_into_its_range(tmp_path: Path, given: int, used: int) -> None:
    assert BridgeSettings(poll_seconds=given).poll_seconds == used
    (tmp_path / files.FILE_NAME).write_text(f'{{"poll_seconds": {given}}}')
    assert files.load(tmp_path).poll_seconds == used
    assert files.changed(BridgeSettings(), poll_seconds=given).poll_seconds == used


def test_numbers_texts_and_addresses_are_tidied() -> None:
    found = BridgeSettings(retries=99, idle_seconds=-1, service_url=" https://x/ ", chat_log=" ")
    assert (found.retries, found.idle_seconds) == (10, 0)
    assert (found.service_url, found.chat_log) == ("https://x", None)


def test_variables_win_over_the_file(tmp_path: Path) -> None:
    files.save(tmp_path, EVERYTHING)
    given = {"GOLDOMATIC_BRIDGE_POLL_SECONDS": "30", "GOLDOMATIC_BRIDGE_AUTO_SYNC": "false"}
    found = files.load(tmp_path, given)
    assert (found.poll_seconds, found.auto_sync, found.retries) == (30, False, 5)


def test_a_variable_that_cannot_be_read_is_named_without_its_value(tmp_path: Path) -> None:
    with pytest.raises(BridgeSettingsError, match="GOLDOMATIC_BRIDGE_RETRIES") as refused:
        files.load(tmp_path, {"GOLDOMATIC_BRIDGE_RETRIES": "manymany"})
    assert "manymany" not in str(refused.value)


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.save(tmp_path, EVERYTHING)

    def full(_handle: int) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        files.save(tmp_path, BridgeSettings())
    assert files.load(tmp_path) == EVERYTHING
    assert list(tmp_path.iterdir()) == [tmp_path / files.FILE_NAME]


def test_every_setting_is_documented_with_its_default() -> None:
    page = Path(__file__).parents[2] / "docs" / "bridge.md"
    rows = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)` )?\|", page.read_text(), re.M)
    defaults = msgspec.structs.asdict(BridgeSettings())
    shown = {
        name: "" if value is None else value if isinstance(value, str) else json.dumps(value)
        for name, value in defaults.items()
    }
    assert dict(rows) == shown


def test_the_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert files.default_folder({files.FOLDER_VARIABLE: "/own"}) == Path("/own")
    monkeypatch.setattr("sys.platform", "linux")
    assert files.default_folder({"XDG_CONFIG_HOME": "/c"}) == Path("/c/goldomatic")
    assert files.default_folder({}) == Path.home() / ".config" / "goldomatic"
    monkeypatch.setattr("sys.platform", "win32")
    assert files.default_folder({"LOCALAPPDATA": "/l"}) == Path("/l/goldomatic")
    monkeypatch.setattr("sys.platform", "darwin")
    assert files.default_folder({}).parts[-2:] == ("Application Support", "goldomatic")


# The key


class Ring(keyring.backend.KeyringBackend):
    """A key ring in memory, which can be broken."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        if self.kept.pop((service, username), None) is None:
            raise keyring.errors.PasswordDeleteError("not there")

    def _check(self) -> None:
        if self.broken:
            raise RuntimeError("the key ring is locked")


@pytest.fixture
def ring() -> Iterator[Ring]:
    before, ring = keyring.get_keyring(), Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


# D-28
def test_the_key_goes_to_the_key_ring_and_into_no_file(tmp_path: Path, ring: Ring) -> None:
    keys = KeyStore(tmp_path, {})
    assert keys.load() is None
    assert keys.save(f" {KEY}\n") == "keyring"
    found = keys.load()
    assert found is not None
    assert (found[0].reveal(), found[1]) == (KEY, "keyring")
    assert KEY not in repr(found)
    assert not any(tmp_path.iterdir())
    keys.forget()
    assert keys.load() is None


# D-28
def test_without_a_key_ring_only_the_owner_may_read_the_file(tmp_path: Path, ring: Ring) -> None:
    ring.broken = True
    keys = KeyStore(tmp_path, {})
    assert keys.save(KEY) == "file"
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = keys.load()
    assert found is not None
    assert (found[0].reveal(), found[1]) == (KEY, "file")
    ring.broken = False
    assert keys.save(KEY) == "keyring"
    assert not file.exists()
    ring.broken = True
    keys.forget()


def test_a_variable_wins_over_what_was_saved(tmp_path: Path, ring: Ring) -> None:
    KeyStore(tmp_path, {}).save("another-key")
    found = KeyStore(tmp_path, {"GOLDOMATIC_BRIDGE_API_KEY": KEY}).load()
    assert found is not None
    assert (found[0].reveal(), found[1]) == (KEY, "variable")


@pytest.mark.parametrize("text", ["", "  ", "ключ", "two\nlines"])
def test_what_is_no_key_is_not_kept(tmp_path: Path, ring: Ring, text: str) -> None:
    with pytest.raises(ValueError, match=r"is empty|no HTTP header"):
        KeyStore(tmp_path, {}).save(text)
    assert KeyStore(tmp_path, {}).load() is None
    assert ring.kept == {}


# The memory


# D-14
@pytest.mark.parametrize(
    "content", [b"", b"no database at all, but long enough to look like one" * 99]
)
def test_a_broken_memory_is_put_aside_and_begun_anew(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bridge.db"
    file.write_bytes(content)
    state = BridgeState(tmp_path)
    nonce = state.nonce()
    state.close()
    again = BridgeState(tmp_path)
    assert again.nonce() == nonce
    assert len(nonce) == 12
    again.close()
    if content:
        assert state.set_aside is not None
        assert state.set_aside.read_bytes() == content
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_memory_of_a_later_version_is_put_aside(tmp_path: Path) -> None:
    state = BridgeState(tmp_path)
    state.execute("PRAGMA user_version = 99")
    state.close()
    again = BridgeState(tmp_path)
    assert again.set_aside is not None
    again.close()


def test_a_memory_of_an_earlier_version_is_kept_and_extended(tmp_path: Path) -> None:
    state = BridgeState(tmp_path)
    nonce = state.nonce()
    state.execute("DROP TABLE due_gifts")
    state.execute("PRAGMA user_version = 1")
    state.close()
    again = BridgeState(tmp_path)
    assert again.set_aside is None
    assert again.nonce() == nonce
    assert again.rows("SELECT * FROM due_gifts") == []
    again.close()


def test_two_bridges_do_not_share_a_folder(tmp_path: Path) -> None:
    state = BridgeState(tmp_path)
    with pytest.raises(FolderTakenError):
        BridgeState(tmp_path)
    state.close()
    BridgeState(tmp_path).close()


def test_a_change_that_fails_leaves_nothing(tmp_path: Path) -> None:
    state = BridgeState(tmp_path)

    def half_done() -> None:
        with state.change():
            state.set_fact("a", "1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert state.fact("a") is None
    state.close()
