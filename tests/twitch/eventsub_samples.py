"""The EventSub samples as tests want them: bytes with the manifest's headers and facts."""

import json
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = Path(__file__).parents[1] / "samples" / "eventsub"
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_bytes())
SIGNING: dict[str, Any] = json.loads((FOLDER / "signing-vectors.json").read_bytes())


class Sample(NamedTuple):
    name: str
    kind: str
    body: bytes
    headers: dict[str, str]
    facts: dict[str, Any]

    @property
    def message_type(self) -> str:
        return self.headers["Twitch-Eventsub-Message-Type"]

    @property
    def subscription_type(self) -> str:
        return self.headers["Twitch-Eventsub-Subscription-Type"]


SAMPLES = [
    Sample(
        name=entry["file"],
        kind=entry["kind"],
        body=(FOLDER / entry["file"]).read_bytes(),
        headers=entry.get("headers", {}),
        facts=entry.get("facts") or {},
    )
    for entry in MANIFEST["files"]
]
WEBHOOKS = [sample for sample in SAMPLES if sample.kind == "webhook-body"]


def sample(name: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.name == name)
