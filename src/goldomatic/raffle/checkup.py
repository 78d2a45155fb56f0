"""What does not fit together in the raffle's data: for the operator's check."""

from typing import NamedTuple

from goldomatic.raffle.checking import mask, stranded
from goldomatic.raffle.state import RaffleState
from goldomatic.service import Service


class Finding(NamedTuple):
    """A kind of inconsistency and where it is, by masked ids."""

    what: str
    which: list[str]


async def findings(service: Service) -> list[Finding]:
    """Everything that is looked for, also where nothing was found."""
    raffle, store, channel = service.state.raffle, service.store, service.channel
    accounts = await store.query("SELECT viewer_id FROM accounts WHERE channel = ?", channel)
    tokens = await store.query(
        "SELECT t.viewer_id FROM account_tokens t WHERE t.channel = ? AND NOT EXISTS"
        " (SELECT 1 FROM accounts a WHERE a.channel = t.channel AND a.viewer_id = t.viewer_id)",
        channel,
    )
    known = {row[0] for row in accounts}
    members = set(map(str, raffle.members.durable))
    report = await service.accounts.broadcaster.report()
    return [
        Finding("tokens without an account", [mask(row[0]) for row in tokens]),
        Finding("accounts unknown to the raffle", sorted(map(mask, known - members))),
        Finding("raffle members without an account", sorted(map(mask, members - known))),
        Finding("broadcaster's token", [] if report.ok else [report.reason or "not usable"]),
        Finding(
            "entries left behind in an older session",
            [f"entry {entry_id}" for entry_id in stranded(raffle)],
        ),
        Finding("weights that are less than their carry-over", _below_carry(raffle)),
        Finding("messages of Twitch that failed", sorted(map(mask, raffle.failed.durable))),
    ]


def _below_carry(raffle: RaffleState) -> list[str]:
    return [mask(m.viewer_id) for m in raffle.members.durable.values() if m.total < m.carry]
