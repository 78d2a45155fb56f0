"""The zip: installable, the same everywhere, and carried by the distribution."""

import io
import tomllib
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from goldomatic import __version__
from goldomatic.addon import package
from goldomatic.addon.commands import addon
from support.addon_files import ADDON

ROOT = Path(__file__).parents[2]


def test_the_zip_holds_the_one_folder_with_every_file() -> None:
    archive = zipfile.ZipFile(io.BytesIO(package.load_package().zip_bytes()))
    assert archive.testzip() is None
    assert set(archive.namelist()) == {f"{ADDON.name}/{path.name}" for path in ADDON.iterdir()}
    for path in ADDON.glob("*.lua"):
        assert archive.read(f"{ADDON.name}/{path.name}") == path.read_bytes()


def test_the_zip_says_the_version_of_the_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "__version__", "9.8.7")
    archive = zipfile.ZipFile(io.BytesIO(package.load_package().zip_bytes()))
    toc = archive.read(f"{ADDON.name}/{ADDON.name}.toc").decode()
    assert "## Version: 9.8.7\n" in toc
    assert toc.count("## Version:") == 1


def test_the_same_files_give_the_same_bytes() -> None:
    content = package.load_package().zip_bytes()
    assert content == package.load_package().zip_bytes()
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert archive.namelist() == sorted(archive.namelist())


def test_build_writes_the_zip_and_says_where(tmp_path: Path) -> None:
    out = tmp_path / "new" / "dist"
    result = CliRunner().invoke(addon, ["build", "--out", str(out)])
    assert result.exit_code == 0
    [path] = out.iterdir()
    assert path.name == f"MimironsGoldOMatic-{__version__}.zip"
    assert str(path) in result.output
    assert path.read_bytes() == package.load_package().zip_bytes()


def test_build_says_why_it_cannot_write(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    result = CliRunner().invoke(addon, ["build", "--out", str(in_the_way / "dist")])
    assert result.exit_code == 1
    assert result.output.startswith("goldomatic addon build: cannot write ")


def test_an_installation_without_the_addon_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(package, "_PACKAGED", tmp_path)
    monkeypatch.setattr(package, "_IN_SOURCE_TREE", tmp_path)
    result = CliRunner().invoke(addon, ["build"])
    assert result.exit_code == 1
    assert "install goldomatic again" in result.output


def test_a_wheel_carries_the_addon_where_it_is_looked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    place = package._PACKAGED.relative_to(ROOT / "src").as_posix()
    assert carried["addon/MimironsGoldOMatic"] == place
