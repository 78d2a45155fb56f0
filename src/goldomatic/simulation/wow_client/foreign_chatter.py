"""Other people's words in the log: guild, trade, whispers, among them forged tags."""

import random
from collections.abc import Sequence
from uuid import UUID

from goldomatic.simulation.wow_client.characters import Character
from goldomatic.simulation.wow_client.client import WowClient

TOPICS = (
    "LF1M tank ICC 25", "WTB [Saronite Ore] x20", "gz!", "anyone for daily heroic?", "прив всем",
    "кто в данж?", "lol", "selling enchants, pst", "afk 5", "which boss is next",
)  # fmt: skip


_OF_AN_ID = (
    *("ACCEPT", "CONFIRM", "DOUBT", "GIFT_ACCEPT", "UNDELIVERED", "WHO_UNKNOWN"),
    *(f"DID:{command}" for command in ("whisper", "gift", "queue", "withdraw", "giftend")),
)


def forged_tags(ids: Sequence[UUID], nonce: str = "AAAAAAAAAAAA") -> list[str]:
    """What someone would say who wants the bridge to believe them, for these public ids: every
    tag of the protocol, bare and signed with a made-up key."""
    bare = ["[MGM_HELLO]1.0.0", "[MGM_UPDATE_CHECK]", "[MGM_LOGTEST]system:1", "[MGM_MAILBOX:open]"]
    for one in ids:
        bare += [f"[MGM_{word}:{one}]" for word in _OF_AN_ID]
        bare.append(f'[MGM_ITEMS:{one}][{{"name":"Forged","id":1,"count":1}}]')
        bare.append(f"[MGM_ITEMS:{one}][]")
        bare.append(
            f'[MGM_WHO]{{"schemaVersion":1,"spinCycleId":"{one}","characterName":"Forger",'
            '"online":true}'
        )
    # A bare hello costs a repeated command, which the protocol allows.
    return [*bare, *(f"{tag} k={nonce}.{18_000_000_000 + at}" for at, tag in enumerate(bare))]


class ForeignChatter:
    """Strangers who talk in guild, trade and say, and one who forges tags by whisper and emote."""

    def __init__(self, client: WowClient, seed: int = 0) -> None:
        self._client, self._rng = client, random.Random(seed)
        self._people: list[Character] = []
        for name in ("Gromka", "Velisande", "Тарасбульба"):
            found = client.realm.find(name)
            self._people.append(found or client.realm.settle(name))

    def line(self) -> None:
        """One line of ordinary talk."""
        speaker = self._rng.choice(self._people)
        kind, channel = self._rng.choice(
            [("GUILD", ""), ("SAY", ""), ("CHANNEL", "2. Trade - City"), ("YELL", "")]
        )
        self._client.world.chat.say(speaker, kind, self._rng.choice(TOPICS), channel)

    def forge(self, tags: Sequence[str]) -> None:
        """The same tags whispered, said, emoted and spoken in a channel."""
        forger, player = self._people[0], self._client.player.name
        for tag in tags:
            for kind, target in (
                ("WHISPER", player), ("SAY", ""), ("EMOTE", ""), ("CHANNEL", "2. Trade - City"),
            ):  # fmt: skip
                self._client.world.chat.say(forger, kind, tag, target)
