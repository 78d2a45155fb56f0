"""EventSub deliveries of any body, signed as Twitch signs them."""

import json
from typing import Any

from goldomatic.simulation.eventsub_messages import signature
from support.service import (
    ANNA,
    EVENTSUB_SECRET,
    OWNER,
    Stage,
    millisecond,
)

PATH = "/api/twitch/eventsub"


async def post(
    stage: Stage,
    body: bytes,
    *,
    message_type: str = "notification",
    message_id: str = "delivery-1",
    timestamp: str | None = None,
) -> Any:
    """A signed delivery of any body."""
    timestamp = timestamp or millisecond(stage.clock())
    headers = {
        "Twitch-Eventsub-Message-Id": message_id,
        "Twitch-Eventsub-Message-Timestamp": timestamp,
        "Twitch-Eventsub-Message-Signature": signature(
            EVENTSUB_SECRET, message_id, timestamp, body
        ),
        "Twitch-Eventsub-Message-Type": message_type,
    }
    return await stage.request("POST", PATH, content=body, headers=headers)


def chat_body(text: str = "!twgold Norinn", **changes: Any) -> dict[str, Any]:
    """A chat notification with a single badge, as little as there can be."""
    event = {
        "message_id": "message-1",
        "broadcaster_user_id": OWNER.id,
        "chatter_user_id": ANNA.id,
        "chatter_user_name": ANNA.display_name,
        "message": {"text": text},
        "badges": [{"set_id": "subscriber", "id": "0", "info": "1"}],
    }
    return {"subscription": {"type": "channel.chat.message"}, "event": event | changes}


async def post_json(stage: Stage, content: Any) -> int:
    answer = await post(stage, json.dumps(content).encode())
    return int(answer.status_code)
