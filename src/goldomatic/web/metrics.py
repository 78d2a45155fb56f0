"""What Prometheus may ask: every metric of the service, in a registry of its own.

`docs/metrics.md` describes each, and a test holds the page and this module equal.
"""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from goldomatic.ledger.event import Recorded
from goldomatic.roulette.events import SpinCycleResolved
from goldomatic.values import Code

_BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_COMMIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5)
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_UNMATCHED = "unmatched"
_MOUNTED = "mounted"


class Metrics:
    """Every metric as an attribute; what each means and its labels stand where it is made."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._deliveries: dict[str, Counter] = {}
        gauge = partial(Gauge, registry=self.registry)
        counter = partial(Counter, registry=self.registry)
        histogram = partial(Histogram, registry=self.registry)
        info = partial(Info, registry=self.registry)

        name = "goldomatic_ledger_queue_depth"
        self.queue_depth = gauge(name, "Decisions that wait for the writer.")
        name = "goldomatic_ledger_batch_size"
        self.batch_size = histogram(name, "Decisions committed together.", buckets=_BATCH_SIZES)
        name = "goldomatic_ledger_commit_seconds"
        self.commit_seconds = histogram(name, "Time of one commit.", buckets=_COMMIT_SECONDS)
        name = "goldomatic_ledger_conflicts"
        about = "Batches decided again because another process had committed first."
        self.conflicts = counter(name, about)
        name = "goldomatic_ledger_unavailable"
        about = "Batches that could not be written because the store did not answer."
        self.unavailable_batches = counter(name, about)

        self.refusals = counter("goldomatic_refusals", "Refusals by code.", ["code"])
        self.payouts = gauge("goldomatic_payouts", "Payouts by status.", ["status"])
        self.gift_requests = gauge("goldomatic_gift_requests", "Gift requests by state.", ["state"])
        about = "Payouts that have been active for over an hour."
        self.stuck_payouts = gauge("goldomatic_payouts_stuck", about)
        about = "Reward-sent lines by result: sent, failed."
        self.announcements = counter("goldomatic_announcements", about, ["result"])
        about = "EventSub deliveries by result: a word of the inbox, or the code of a refusal."
        self.eventsub_deliveries = counter("goldomatic_eventsub_deliveries", about, ["result"])
        about = "Messages to open panels by result: sent, failed, replaced by newer, dropped."
        self.pubsub_messages = counter("goldomatic_pubsub_messages", about, ["result"])
        about = "Ended spin cycles by result."
        self.spin_cycles = counter("goldomatic_spin_cycles", about, ["result"])

        about = "Whether this process hears the chat by a subscription of Twitch."
        self.hears_chat = gauge("goldomatic_hears_chat", about)
        self.live_clients = gauge("goldomatic_live_clients", "Open live connections.")
        about = "Live connections closed because their client read too slowly."
        self.live_dropped = counter("goldomatic_live_dropped", about)
        about = "Requests by route template, method and status."
        labels = ["route", "method", "status"]
        self.http_requests = counter("goldomatic_http_requests", about, labels)
        name = "goldomatic_http_request_duration_seconds"
        about = "Time until an answer starts, by route template and method."
        self.http_seconds = histogram(name, about, labels[:2], buckets=_REQUEST_SECONDS)

        self.build = info("goldomatic_build", "The running version.")
        self.build.info({"version": version("goldomatic")})
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """A counter that does not exist before its first event cannot be alerted on."""
        for code in Code:
            self.refusals.labels(code)
        for result in ("sent", "failed"):
            self.announcements.labels(result)
            self.pubsub_messages.labels(result)

    def count_refusal(self, code: Code) -> None:
        self.refusals.labels(code).inc()

    def count_delivery(self, result: str) -> None:
        """One EventSub delivery. Finding a series by its label costs more than counting in it."""
        series = self._deliveries.get(result)
        if series is None:
            series = self._deliveries[result] = self.eventsub_deliveries.labels(result)
        series.inc()

    def count_pubsub_message(self, result: str) -> None:
        self.pubsub_messages.labels(result).inc()

    def record_payouts(self, by_status: Mapping[str, int], stuck: int) -> None:
        """The present number of payouts in each status; a status that is not named has none."""
        self.payouts.clear()
        for status, count in by_status.items():
            self.payouts.labels(status).set(count)
        self.stuck_payouts.set(stuck)

    def record_gift_requests(self, by_state: Mapping[str, int]) -> None:
        """The present number of gift requests in each state."""
        self.gift_requests.clear()
        for state, count in by_state.items():
            self.gift_requests.labels(state).set(count)

    def committed(self, commands: int, events: int, seconds: float, waiting: int) -> None:
        """One batch of the ledger was committed."""
        self.batch_size.observe(commands)
        self.commit_seconds.observe(seconds)
        self.queue_depth.set(waiting)

    def conflict(self) -> None:
        """A batch lost its race for the next position."""
        self.conflicts.inc()

    def unavailable(self) -> None:
        """A batch could not be written."""
        self.unavailable_batches.inc()

    def after_commit(self, recorded: Sequence[Recorded], own: bool) -> None:
        """Count the cycles that ended."""
        for each in recorded:
            if own and isinstance(each.event, SpinCycleResolved):
                self.spin_cycles.labels(each.event.result).inc()

    def render(self) -> bytes:
        """Every metric in Prometheus' text format 0.0.4."""
        return generate_latest(self.registry)


class HttpMetrics:
    """ASGI middleware around the whole application that counts and times its answers.

    Time ends where the answer starts, so that a live connection of hours counts as quick as it
    was. Labels hold route templates, never ids: a caller cannot make up new ones.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request, began, answered = scope, time.perf_counter(), False

        async def send_and_count(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                self._count(request, message["status"], time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, send_and_count)
        except Exception:
            if not answered:
                self._count(request, 500, time.perf_counter() - began)
            raise

    def _count(self, scope: HTTPScope, status: int, seconds: float) -> None:
        route = scope.get("path_template", _UNMATCHED) or _MOUNTED
        key = (route, scope["method"], status)
        series = self._series.get(key)
        if series is None:
            series = self._series_of(route, scope["method"], status)
        requests, duration = series
        requests.inc()
        duration.observe(seconds)

    def _series_of(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """Looked up once: finding a series by its labels costs more than counting in it."""
        if method not in _METHODS:
            method = "other"
        series = self._series.get((route, method, status))
        if series is None:
            series = (
                self._metrics.http_requests.labels(route, method, str(status)),
                self._metrics.http_seconds.labels(route, method),
            )
            self._series[route, method, status] = series
        return series
