"""Two services on one PostgreSQL: one of them hears Twitch, and the other takes over from it."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from goldomatic.ledger.store import UnavailableError
from goldomatic.reception.rules import Gap, lasting
from goldomatic.roulette.events import PoolMemberEnrolled
from goldomatic.simulation.eventsub_messages import ChatLine
from goldomatic.simulation.users import SimulatedUser
from goldomatic.twitch.subscriptions import KINDS
from support.clock import FakeClock
from support.reception import Listening, listening
from support.service import ANNA, BORIS, CLARA
from support.twitch import until

pytestmark = pytest.mark.postgres


@dataclass
class Pair:
    """Two services on one database and one Twitch."""

    first: Listening
    second: Listening
    database_url: str
