"""`goldomatic extension build`: the archive, Twitch's rules, and what the panel weighs."""

import json
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from goldomatic import __version__
from goldomatic.cli import main
from goldomatic.extension_build.archive import archive, transfer
from goldomatic.extension_build.commands import MOST_TRANSFER, panel_files
from goldomatic.extension_build.files import HELPER, SETTINGS, Build, published, sources
from goldomatic.extension_build.review import review

URL = "https://gold.example.org"
BUILD = Build(version="1.2.3", ebs_url=URL)


def run(folder: Path, *options: str) -> Result:
    output = ["--output", str(folder / "made.zip")]
    return CliRunner().invoke(main, ["extension", "build", *output, *options])


def test_the_archive_holds_what_twitch_needs(tmp_path: Path) -> None:
    result = run(tmp_path, "--ebs-url", URL + "/")
    assert result.exit_code == 0, result.output
    with zipfile.ZipFile(tmp_path / "made.zip") as made:
        assert made.testzip() is None
        names = made.namelist()
        assert names == sorted(names)
        assert "panel.html" in names
        settings = made.read(SETTINGS).decode()
        assert all(info.date_time == (1980, 1, 1, 0, 0, 0) for info in made.infolist())
    assert f"export const EBS_URL = {json.dumps(URL)};" in settings
    assert f"export const VERSION = {json.dumps(__version__)};" in settings
    assert "export const DEVELOPMENT = false;" in settings
    for said in ("panel.html", "gold.example.org", "496"):
        assert said in result.output


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        assert run(tmp_path / name, "--ebs-url", URL).exit_code == 0
        made.append((tmp_path / name / "made.zip").read_bytes())
    assert made[0] == made[1]
    assert archive(dict(reversed(published(BUILD).items()))) == archive(published(BUILD))


@pytest.mark.parametrize(
    "url",
    ["", "http://gold.example.org", "gold.example.org", "https://", f"{URL}/path", f"{URL}?a"],
)
def test_an_address_that_twitch_would_block_is_refused(tmp_path: Path, url: str) -> None:
    result = run(tmp_path, "--ebs-url", url)
    assert result.exit_code == 1
    assert "the service's address must" in result.output
    assert not (tmp_path / "made.zip").exists()


def test_the_address_comes_from_the_service_s_own_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOLDOMATIC_PUBLIC_URL", URL)
    assert run(tmp_path).exit_code == 0


def test_the_sources_keep_twitch_s_rules() -> None:
    files = published(BUILD)
    assert review(files, BUILD) == []
    assert HELPER in files["panel.html"].decode()


# P-27
def test_the_form_of_development_builds_is_left_out(tmp_path: Path) -> None:
    assert "panel/claim.js" not in published(BUILD)
    rig = Build(version="1.2.3", development=True)
    assert "panel/claim.js" in published(rig)
    assert review(published(rig), rig) == []
    assert b"DEVELOPMENT = true" in published(rig)[SETTINGS]


# P-39
def test_no_build_holds_a_key() -> None:
    text = b"".join(published(BUILD).values()).decode().lower()
    for word in ("x-mgm-apikey", "apikey", "localstorage", "sessionstorage", "indexeddb", "cookie"):
        assert word not in text


def test_the_panel_weighs_less_than_it_may() -> None:
    files = published(Build(version="10.20.30", ebs_url="https://gold.of.a-long.example.org"))
    for language in ("en", "ru"):
        needed = panel_files(files, language)
        assert transfer(files, needed) < MOST_TRANSFER == 15_000
        assert f"panel/texts.{language}.js" in needed
        assert "panel/older.js" not in needed


def test_only_comments_and_settings_differ_from_the_sources() -> None:
    for name, data in published(Build(version="1", development=True)).items():
        if name == SETTINGS:
            continue
        source = (sources() / name).read_text()
        bare = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
        without = re.sub(r"/\*.*?\*/", "", data.decode(), flags=re.DOTALL)
        assert "".join(bare.split()) == "".join(without.split()), name


Change = Callable[[dict[str, bytes]], None]


def _in(name: str, old: str, new: str) -> Change:
    def change(files: dict[str, bytes]) -> None:
        assert old in files[name].decode()
        files[name] = files[name].decode().replace(old, new, 1).encode()

    return change


def _with(name: str, data: bytes) -> Change:
    return lambda files: files.update({name: data})


def _without(name: str) -> Change:
    def change(files: dict[str, bytes]) -> None:
        del files[name]

    return change


FAULTS: Mapping[str, tuple[Change, str]] = {
    "inline script": (_in("panel.html", "</body>", "<script>1</script></body>"), "inline script"),
    "handler": (_in("panel.html", "<body>", '<body onload="x()">'), "inline handler onload"),
    "style": (_in("panel.html", "<body>", '<body style="color:red">'), "inline style"),
    "style element": (_in("panel.html", "</head>", "<style></style></head>"), "<style>"),
    "foreign script": (
        _in("panel.html", "</head>", '<script src="https://cdn.example/x.js"></script></head>'),
        "is not a relative address",
    ),
    "absolute path": (_in("panel.html", 'href="panel.css"', 'href="/panel.css"'), "relative"),
    "no helper": (_in("panel.html", HELPER, "helper.js"), "Twitch's helper must be the first"),
    "eval": (_in("panel.js", "signIn();", "eval('1');"), "eval is not allowed"),
    "function": (_in("panel.js", "signIn();", "new Function('1');"), "code made from text"),
    "markup": (_in("panel.js", "signIn();", "document.body.innerHTML = x;"), "markup must not"),
    "timer": (_in("panel.js", "signIn();", "setTimeout('x()', 1);"), "code made from text"),
    "long lines": (_in("panel.js", "signIn();", "x" * 300), "nobody can review"),
    "missing": (_without("shared/wheel.js"), "shared/wheel.js, which is not in the archive"),
    "missing on demand": (_without("panel/older.js"), "panel/older.js, which is not in"),
    "unused": (_with("notes.js", b"export {};\n"), "notes.js: no page needs it"),
    "foreign picture": (
        _with("panel.css", b"a { background: url(https://x.example/a.png); }"),
        "loads something from elsewhere",
    ),
    "not text": (_with("panel.js", b"\xff\xfe"), "is not UTF-8"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_rule_is_named(name: str) -> None:
    change, said = FAULTS[name]
    files = dict(published(BUILD))
    change(files)
    assert any(said in fault for fault in review(files, BUILD)), review(files, BUILD)
