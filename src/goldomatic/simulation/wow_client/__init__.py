"""A simulated World of Warcraft 3.3.5a client that runs real addons in real Lua 5.1.

How a test uses it:

    from goldomatic.simulation.wow_client import WowClient

    from goldomatic.simulation.wow_client.operator import Operator

    with WowClient(tmp_path, addons=[ADDON]) as client:      # faults raise at the end
        norinn = client.realm.settle("Norinn")                   # online, same faction
        norinn.answers("!twgold", after=1.5)                     # answers every whisper
        client.log_in()                                          # loads addons, fires the events
        client.type_line('/run MGM_Hello("ABC")')                # key strokes, 255 letters at most
        client.run_for(3.0)                                      # virtual time, OnUpdate included
        client.realm_whisper("Norinn", "hello")                  # somebody whispers
        norinn.heard                                             # [(sender, text), ...]
        client.chat_lines                                        # the first chat window
        client.frame("MGMQueuePanel").find("Prepare Mail").click()
        client.lua('MimironsGoldOMaticCore.Trim(" x ")')         # any expression
        client.log_bytes(); client.log.unwritten                 # the file; bytes not in it yet
        client.reload(); client.log_out(); client.crash(); client.log_in()
        client.world.post.faults.append(MailFault.UNANSWERED)    # what the post office does next
        hands = Operator(client); hands.open_mailbox(); hands.press_send(); hands.accept()
        client.faults.take_script_errors()                       # errors that the test expected

Calling a function or method that 3.3.5a lacks, or with wrong arguments, is a script error; so is
anything an addon's handler raises. `settings=ClientSettings(...)` chooses the language ("enUS",
"ruRU"), the log's behaviour (`PESSIMISTIC`, `PESSIMISTIC_WITHOUT_SYSTEM`, `FAST`) and the realm's
rules; see `settings.py` and docs/simulated-client.md.
"""

from goldomatic.simulation.wow_client.characters import Character, Reply
from goldomatic.simulation.wow_client.client import WowClient
from goldomatic.simulation.wow_client.faults import ClientFaultsError
from goldomatic.simulation.wow_client.frame_view import Anchor, CannotTouchError, FrameView
from goldomatic.simulation.wow_client.settings import (
    FAST,
    PESSIMISTIC,
    PESSIMISTIC_WITHOUT_SYSTEM,
    ClientSettings,
    CommandParser,
    LogSettings,
    LongMessage,
    RealmRules,
)

__all__ = [
    "FAST",
    "PESSIMISTIC",
    "PESSIMISTIC_WITHOUT_SYSTEM",
    "Anchor",
    "CannotTouchError",
    "Character",
    "ClientFaultsError",
    "ClientSettings",
    "CommandParser",
    "FrameView",
    "LogSettings",
    "LongMessage",
    "RealmRules",
    "Reply",
    "WowClient",
]
