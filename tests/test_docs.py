"""The documents say what the code does."""

import re
from pathlib import Path

import click
import pytest
from litestar import Litestar

from goldomatic.app import build_app, build_service
from goldomatic.cli import main
from goldomatic.config import Settings
from goldomatic.values import Code
from goldomatic.web.errors import STATUS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def test_every_refusal_code_is_documented_with_its_status() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", (DOCS / "api.md").read_text(), re.M)
    assert dict(rows) == {code.value: str(status) for code, status in STATUS.items()}
    assert set(STATUS) == set(Code)


def leaf_commands(group: click.Group, name: str) -> list[str]:
    found = []
    for word, command in group.commands.items():
        path = f"{name} {word}"
        is_group = isinstance(command, click.Group)
        found += leaf_commands(command, path) if is_group else [path]
    return found


def test_every_command_is_documented() -> None:
    text = (DOCS / "commands.md").read_text()
    documented = {
        re.sub(r" [A-Z_]+$", "", row) for row in re.findall(r"^\| `([^`]+)` \|", text, re.M)
    }
    assert documented == set(leaf_commands(main, "goldomatic"))


@pytest.mark.parametrize("command", leaf_commands(main, "goldomatic"))
def test_every_command_has_examples_in_its_help(command: str) -> None:
    node: click.Command = main
    for word in command.split()[1:]:
        assert isinstance(node, click.Group)
        node = node.commands[word]
    assert node.help
    assert "Examples:" in node.help


def documented_routes() -> set[str]:
    text = (DOCS / "api.md").read_text()
    cells = re.findall(r"^\| (`(?:GET|POST|PATCH) .*?) \|", text, re.M)
    return {
        re.sub(r"\{\w+\}", "{}", path.partition("?")[0])
        for cell in cells
        for path in re.findall(r"`\w+ ([^`]+)`", cell)
    }


# I-10
def test_every_api_route_is_documented() -> None:
    service = build_service(Settings(environment="development", database_url="sqlite:///unused.db"))
    app = unwrap(build_app(service))
    routes = {
        re.sub(r"\{\w+(:\w+)?\}", "{}", route.path)
        for route in app.routes
        if route.path.startswith("/api/")
    }
    assert routes == {path for path in documented_routes() if path.startswith("/api/")}


def unwrap(app: object) -> Litestar:
    while not isinstance(app, Litestar):
        app = app._app  # type: ignore[attr-defined]
    return app


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted(DOCS.rglob("*.md")), ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
