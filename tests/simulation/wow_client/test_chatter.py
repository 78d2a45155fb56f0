"""Strangers' talk and forged tags reach the log like anybody's words (1.5, 9.12)."""

from collections.abc import Callable
from uuid import UUID

from goldomatic.simulation.wow_client import FAST, WowClient
from goldomatic.simulation.wow_client.foreign_chatter import ForeignChatter, forged_tags

Game = Callable[..., WowClient]
ID = UUID("3f2a6c1e-0000-4000-8000-000000000001")


def test_forged_tags_are_in_the_log(game: Game) -> None:
    client = game("LoggingChat(true)", log=FAST)
    chatter = ForeignChatter(client)
    said = forged_tags([ID])
    assert len(said) == len(set(said)) == 36
    tags = [one for one in said if one in ("[MGM_HELLO]1.0.0", f"[MGM_ACCEPT:{ID}]")]
    for _ in range(20):
        chatter.line()
        client.run_for(1)
    chatter.forge(tags)
    client.run_for(1)
    text = client.log_bytes().decode()
    assert len(text.splitlines()) == 20 + 8
    assert f"Gromka whispers: [MGM_ACCEPT:{ID}]" in text
    assert f"Gromka [MGM_ACCEPT:{ID}]" in text
