"""How fast the ledger is: python bench/ledger.py [events].

Durable commands a second with 1, 16 and 64 callers on SQLite and PostgreSQL, then checking,
rebuilding and starting with a million events on each. A command enrols a viewer: one event, one
remembered cause, one row of a read table. Prints a table; ends with code 1 when a limit is missed.
"""

import asyncio
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from goldomatic.channel import CODEC, TABLES, ChannelState, enrol
from goldomatic.ledger.change import Cause
from goldomatic.ledger.event import Event, ViewerForgotten
from goldomatic.ledger.export import export
from goldomatic.ledger.rebuild import check_chain, rebuild
from goldomatic.ledger.store import Store
from goldomatic.ledger.stores import open_store
from goldomatic.ledger.writer import ChannelWriter
from goldomatic.roulette.events import PoolMemberEnrolled
from goldomatic.values import ChannelId, ViewerId, utc_now
from rows import Row, table
