"""Routes for those who run the service: version, health and metrics."""

import asyncio
from collections.abc import Sequence
from importlib.metadata import version as installed_version

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from goldomatic.ledger.store import UnavailableError
from goldomatic.service import service_of
from goldomatic.values import Code, Refused
from goldomatic.web.openapi import refusals
from goldomatic.web.wire import Answer, AnyRequest

HEALTH_SECONDS = 2.0
METRICS_TYPE = "text/plain; version=0.0.4"
"""Prometheus' text format; the framework adds the charset."""


class Version(Answer):
    """Versions that clients compare with their own."""

    version: str
    release_notes_url: str | None
    minimum_desktop_version: str | None
    minimum_addon_version: str | None
    minimum_extension_version: str | None


class Health(msgspec.Struct):
    """`ok` while the ledger answers."""

    status: str


@get("/api/version", summary="Versions", responses=refusals(429))
async def version(request: AnyRequest) -> Version:
    """The service's version and the oldest clients that it works with."""
    service = service_of(request)
    service.gate.anybody(request.scope)
    settings = service.settings
    return Version(
        version=(settings.version_current_version or "").strip() or installed_version("goldomatic"),
        release_notes_url=settings.version_release_notes_url,
        minimum_desktop_version=settings.version_minimum_desktop_version,
        minimum_addon_version=settings.version_minimum_addon_version,
        minimum_extension_version=settings.version_minimum_extension_version,
    )


@get("/api/health", summary="Health", responses=refusals())
async def health(request: AnyRequest) -> Health:
    """200 while the ledger's store answers, else 503. Never limited."""
    service = service_of(request)
    try:
        async with asyncio.timeout(HEALTH_SECONDS):
            await service.store.position(service.channel)
    except (UnavailableError, TimeoutError):
        raise Refused(
            Code.SERVICE_UNAVAILABLE, "The ledger does not answer.", details={"retryAfter": 5}
        ) from None
    return Health(status="ok")


@get("/metrics", include_in_schema=False)
async def metrics(request: AnyRequest) -> Response[bytes]:
    """Metrics in Prometheus' text format."""
    return Response(service_of(request).metrics.render(), media_type=METRICS_TYPE)


ROUTES: Sequence[HTTPRouteHandler] = (version, health, metrics)
