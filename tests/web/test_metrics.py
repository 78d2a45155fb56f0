"""What Prometheus sees, and that its page tells the truth."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path as File
from typing import Any

import httpx2
import pytest
from litestar import Litestar, get
from litestar.params import FromPath
from prometheus_client.parser import text_string_to_metric_families

from goldomatic.ledger.event import Recorded
from goldomatic.roulette.events import SpinCycleResolved, SpinCyclesMissed
from goldomatic.values import Code, Refused
from goldomatic.web.errors import exception_handlers
from goldomatic.web.metrics import HttpMetrics, Metrics

ROOT = File(__file__).parents[2]


@get("/api/payouts/{number:int}")
async def payout(number: FromPath[int]) -> int:
    if number == 0:
        raise Refused(Code.NOT_FOUND, "Payout not found.")
    return number


@get("/")
async def home() -> str:
    return "gold"


async def stream(scope: Any, receive: Any, send: Any) -> None:
    """Answers at once, and then fails in mid-stream."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise RuntimeError("client gone")


async def broken(scope: Any, receive: Any, send: Any) -> None:
    raise RuntimeError("bug")


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def client(metrics: Metrics) -> AsyncIterator[httpx2.AsyncClient]:
    inner: Any = Litestar(
        [payout, home], openapi_config=None, exception_handlers=exception_handlers()
    )
    app: Any = HttpMetrics(inner, metrics)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gold") as client:
        yield client


def samples(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """Values by label values, of the text that is really served."""
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(metrics.render().decode())
        for sample in family.samples
        if sample.name == name
    }


async def test_requests_are_counted_by_template_method_and_status(
    client: httpx2.AsyncClient, metrics: Metrics
) -> None:
    for path in ("/api/payouts/1", "/api/payouts/2", "/api/payouts/0", "/", "/nothing/at/all"):
        await client.get(path)
    await client.delete("/")
    await client.request("INVENTED", "/")
    counted = samples(metrics, "goldomatic_http_requests_total")
    assert counted == {
        ("GET", "/api/payouts/{number}", "200"): 2,
        ("GET", "/api/payouts/{number}", "404"): 1,
        ("GET", "/", "200"): 1,
        ("GET", "unmatched", "404"): 1,
        ("DELETE", "unmatched", "405"): 1,
        ("other", "unmatched", "405"): 1,
    }
    timed = samples(metrics, "goldomatic_http_request_duration_seconds_count")
    assert timed["GET", "/api/payouts/{number}"] == 3


async def test_a_caller_cannot_make_up_labels(client: httpx2.AsyncClient, metrics: Metrics) -> None:
    for number in range(50):
        await client.get(f"/{number}")
        await client.request(f"X{number}", "/")
    assert len(samples(metrics, "goldomatic_http_requests_total")) == 2


async def test_a_mounted_application_has_one_label(metrics: Metrics) -> None:
    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        scope["path_template"] = ""
        await send({"type": "http.response.start", "status": 200, "headers": []})

    app: Any = HttpMetrics(mounted, metrics)
    await app({"type": "http", "method": "GET", "path": "/static/a.js"}, None, discard)
    assert list(samples(metrics, "goldomatic_http_requests_total")) == [("GET", "mounted", "200")]


async def discard(message: Any) -> None: ...


@pytest.mark.parametrize(("app", "status"), [(stream, "200"), (broken, "500")])
async def test_an_exception_is_counted_once(metrics: Metrics, app: Any, status: str) -> None:
    wrapped: Any = HttpMetrics(app, metrics)
    with pytest.raises(RuntimeError):
        await wrapped({"type": "http", "method": "GET", "path": "/"}, None, discard)
    assert samples(metrics, "goldomatic_http_requests_total") == {("GET", "unmatched", status): 1}


async def test_other_scopes_pass_through(metrics: Metrics) -> None:
    wrapped: Any = HttpMetrics(broken, metrics)
    with pytest.raises(RuntimeError):
        await wrapped({"type": "lifespan"}, None, None)
    assert samples(metrics, "goldomatic_http_requests_total") == {}


def test_refusals_are_counted_from_zero(metrics: Metrics) -> None:
    metrics.count_refusal(Code.RATE_LIMITED)
    counted = samples(metrics, "goldomatic_refusals_total")
    assert set(counted) == {(code.value,) for code in Code}
    assert counted["rate_limited",] == 1
    assert counted["not_found",] == 0


def test_announcements_begin_at_zero(metrics: Metrics) -> None:
    metrics.announcements.labels("failed").inc()
    assert samples(metrics, "goldomatic_announcements_total") == {("sent",): 0, ("failed",): 1}


def test_payouts_are_what_was_recorded_last(metrics: Metrics) -> None:
    metrics.record_payouts({"Pending": 2, "Sent": 5}, stuck=1)
    metrics.record_payouts({"Sent": 6}, stuck=0)
    assert samples(metrics, "goldomatic_payouts") == {("Sent",): 6}
    assert samples(metrics, "goldomatic_payouts_stuck") == {(): 0}


def test_the_writer_of_the_ledger_reports_its_batches(metrics: Metrics) -> None:
    metrics.committed(commands=12, events=30, seconds=0.002, waiting=7)
    metrics.conflict()
    metrics.unavailable()
    assert samples(metrics, "goldomatic_ledger_batch_size_sum") == {(): 12}
    assert samples(metrics, "goldomatic_ledger_commit_seconds_sum") == {(): 0.002}
    assert samples(metrics, "goldomatic_ledger_queue_depth") == {(): 7}
    assert samples(metrics, "goldomatic_ledger_conflicts_total") == {(): 1}
    assert samples(metrics, "goldomatic_ledger_unavailable_total") == {(): 1}


def test_spin_cycles_are_counted_where_they_were_decided(metrics: Metrics) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    events = [
        SpinCycleResolved(spin_cycle_id="a", result="winner"),
        SpinCyclesMissed(first_start=at, count=1),
        SpinCycleResolved(spin_cycle_id="b", result="offline"),
    ]
    recorded = [Recorded(position, at, event) for position, event in enumerate(events)]
    metrics.after_commit(recorded, own=True)
    metrics.after_commit(recorded, own=False)
    assert samples(metrics, "goldomatic_spin_cycles_total") == {("winner",): 1, ("offline",): 1}


def test_two_applications_do_not_share_metrics(metrics: Metrics) -> None:
    metrics.conflicts.inc()
    assert samples(Metrics(), "goldomatic_ledger_conflicts_total") == {(): 0}


def test_the_build_is_named(metrics: Metrics) -> None:
    assert samples(metrics, "goldomatic_build_info") == {(version("goldomatic"),): 1}


def exposed(metrics: Metrics) -> dict[str, tuple[str, str, str]]:
    """Type, labels and meaning by the name that Prometheus sees."""
    found = {}
    names = dict.fromkeys(value for value in vars(metrics).values() if hasattr(value, "describe"))
    for metric in names:
        [family] = metric.describe()
        suffix = {"counter": "_total", "info": "_info"}.get(family.type, "")
        labels = getattr(metric, "_labelnames", ())
        shown = ", ".join(f"`{label}`" for label in labels) or "—"
        if family.type == "info":
            shown = "`version`"
        found[family.name + suffix] = (family.type, shown, family.documentation)
    return found


def documented() -> dict[str, tuple[str, str, str]]:
    lines = (ROOT / "docs" / "metrics.md").read_text("utf-8").splitlines()
    rows = (line.strip("| ").split(" | ") for line in lines if line.startswith("| `goldomatic_"))
    return {name.strip("`"): (kind, labels, text) for name, kind, labels, text in rows}


def test_the_page_of_metrics_and_the_registry_agree(metrics: Metrics) -> None:
    assert documented() == exposed(metrics)
    assert len(documented()) == len(list(metrics.registry.collect()))
