"""The composition root: the only place where the parts of the service are put together."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import structlog
from litestar import Litestar, Response
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.types import ASGIApp, ExceptionHandlersMap

from goldomatic import draws, home, landing, live, panel, support_webhook, twitch_webhook
from goldomatic.accounts import api as accounts_api
from goldomatic.accounts.accounts import Accounts, sign_in_origins
from goldomatic.channel import CODEC, ChannelState
from goldomatic.config import Settings
from goldomatic.gifts import api as gifts
from goldomatic.gifts.queue import GiftQueue
from goldomatic.ledger.store import Store, UnavailableError
from goldomatic.ledger.stores import open_store
from goldomatic.ledger.writer import ChannelWriter, unavailable
from goldomatic.live import Feed, live_state
from goldomatic.lots import SystemLots
from goldomatic.overlay import api as overlay
from goldomatic.overlay import pages as overlay_pages
from goldomatic.payouts import api as payouts
from goldomatic.push import Push
from goldomatic.raffle import admin_forms as raffle_admin_forms
from goldomatic.raffle import admin_pages as raffle_admin_pages
from goldomatic.raffle import asking as raffle_asking
from goldomatic.raffle import formats as raffle_formats
from goldomatic.raffle import pages as raffle_pages
from goldomatic.raffle import routes as raffle_routes
from goldomatic.raffle.parts import raffle_parts
from goldomatic.reactions import Reactions
from goldomatic.reception.reception import Reception
from goldomatic.roulette import api as roulette
from goldomatic.roulette import draws as roulette_draws
from goldomatic.roulette import harness
from goldomatic.roulette import pages as roulette_pages
from goldomatic.schedule import JOBS, Job, Schedule
from goldomatic.service import Service
from goldomatic.setup import pages as setup
from goldomatic.setup.desk import Desk
from goldomatic.twitch.eventsub import EventSubVerifier
from goldomatic.twitch.extension_jwt import ExtensionTokens
from goldomatic.twitch.helix import Bot, Helix
from goldomatic.twitch.pubsub import Address, ExtensionPubSub
from goldomatic.values import ChannelId, Clock, Lots, Refused, utc_now
from goldomatic.web import assets, openapi, operations, pages
from goldomatic.web.auth import Gate
from goldomatic.web.cors import Cors, allowed_origins
from goldomatic.web.errors import exception_handlers
from goldomatic.web.headers import SecurityHeaders
from goldomatic.web.limits import RateLimits
from goldomatic.web.metrics import HttpMetrics, Metrics
from goldomatic.web.raw import FrontDoor
from goldomatic.web.wire import AnyRequest

log = structlog.get_logger()

UNNAMED_CHANNEL = ChannelId("0")
"""Where everything is kept while no broadcaster is configured."""

OPERATOR_PATHS = (
    "/api/payouts",
    "/api/gift-requests",
    "/api/roulette/verify-candidate",
    "/api/roulette/candidate",
    "/api/e2e",
    "/api/auth",
    "/api/admin",
    "/api/pick-winner",
    "/api/demo-played",
    "/setup",
)
VIEWER_PATHS = ("/api/payouts/claim", "/api/payouts/my-last", "/api/gift-requests")
DRAIN_SECONDS = 5.0


def build_service(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    lots: Lots | None = None,
    store: Store | None = None,
) -> Service:
    """Put a service together; nothing is opened or started yet."""
    channel = settings.twitch_broadcaster_id or UNNAMED_CHANNEL
    store = store or open_store(settings.database_url, clock)
    metrics = Metrics()
    accounts = Accounts(settings, store, channel, clock)
    helix = _helix(settings, accounts, clock)
    accounts.connect(helix)
    service = Service(
        settings=settings,
        channel=channel,
        clock=clock,
        lots=lots or SystemLots(),
        store=store,
        ledger=ChannelWriter(channel, ChannelState(channel), store, CODEC, clock, metrics),
        gate=Gate(settings, RateLimits(settings), _extension_tokens(settings), clock),
        accounts=accounts,
        helix=helix,
        verifier=_verifier(settings),
        metrics=metrics,
        subscriber_badges=frozenset(settings.subscriber_badges),
    )
    service.feed = Feed(service, live_state)
    service.overlay_feed = overlay.feed(service)
    service.reactions = Reactions(service)
    service.raffle = raffle_parts(service)
    service.reception = Reception(service)
    service.gifts = GiftQueue(service)
    accounts.listeners.append(lambda account: raffle_asking.on_sign_in(service, account))
    accounts.is_follower = lambda viewer_id: raffle_asking.is_follower(service, viewer_id)
    pubsub = _pubsub(service)
    service.push = Push(service, pubsub) if pubsub else None
    return service


def _extension_tokens(settings: Settings) -> ExtensionTokens | None:
    if settings.twitch_extension_secret is None:
        return None
    return ExtensionTokens(
        settings.twitch_extension_secret.reveal(),
        settings.twitch_extension_client_id,
        settings.twitch_broadcaster_id,
    )


def _verifier(settings: Settings) -> EventSubVerifier | None:
    secret = settings.twitch_eventsub_secret
    return EventSubVerifier(secret.reveal()) if secret else None


def _helix(settings: Settings, accounts: Accounts, clock: Clock) -> Helix:
    bot_id = settings.twitch_bot_id
    return Helix(
        settings.twitch_api_url,
        settings.twitch_client_id or "",
        accounts.broadcaster,
        settings.twitch_broadcaster_id or "",
        bot=Bot(bot_id, accounts.bot) if bot_id else None,
        clock=clock,
    )


def _pubsub(service: Service) -> ExtensionPubSub | None:
    """The way to open panels; None unless extension, owner and channel are configured."""
    settings, key = service.settings, service.settings.extension_key()
    client_id, owner_id = settings.twitch_extension_client_id, settings.twitch_extension_owner_id
    if not (key and client_id and owner_id and settings.twitch_broadcaster_id):
        return None
    address = Address(settings.twitch_api_url, client_id, key, owner_id, service.channel)
    return ExtensionPubSub(
        address, clock=service.clock, counted=service.metrics.count_pubsub_message
    )


def build_app(
    service: Service, *, jobs: tuple[Job, ...] = JOBS, desk: Desk | None = None
) -> ASGIApp:
    """The service as an ASGI application; its lifespan starts and stops the service.

    With a `desk` it has the set-up page.
    """
    app = Litestar(
        route_handlers=[
            *roulette.ROUTES,
            *roulette_draws.ROUTES,
            *draws.ROUTES,
            *_products(service.settings),
            support_webhook.webhook,
            *harness.ROUTES,
            *payouts.ROUTES,
            *gifts.ROUTES,
            *panel.ROUTES,
            *accounts_api.ROUTES,
            *overlay.ROUTES,
            *overlay_pages.ROUTES,
            *setup.ROUTES,
            *roulette_pages.ROUTES,
            *assets.ROUTES,
            *operations.ROUTES,
            twitch_webhook.eventsub,
            live.live,
        ],
        lifespan=[_lifespan(service, jobs)],
        exception_handlers=_refusals(service),
        template_config=pages.template_config(raffle_formats.IN_TEMPLATES),
        openapi_config=_openapi(),
        request_max_body_size=twitch_webhook.MAX_BODY,
        logging_config=None,
        pdb_on_exception=False,
    )
    app.state.service = service
    app.state.desk = desk
    app.state.board = board = home.Board()
    service.ledger.listen(board.after_commit)
    cors = Cors(app, allowed_origins(service.settings), OPERATOR_PATHS, VIEWER_PATHS)
    secured = SecurityHeaders(cors, form_targets=sign_in_origins(service.settings))
    front = FrontDoor(secured, app, twitch_webhook.eventsub)
    return HttpMetrics(front, service.metrics)


def _products(settings: Settings) -> Sequence[HTTPRouteHandler]:
    """The pages and routes of the products that are switched on."""
    roulette_page = home.ROUTES if settings.roulette else ()
    if not settings.raffle:
        return (*roulette_page, *landing.WITHOUT_RAFFLE)
    return (
        *roulette_page,
        *landing.ROUTES,
        *raffle_routes.ROUTES,
        *raffle_pages.ROUTES,
        *raffle_admin_pages.ROUTES,
        *raffle_admin_forms.ROUTES,
    )


def _refusals(service: Service) -> ExceptionHandlersMap:
    """The handlers of every exception; a database that does not answer is no error of ours."""
    handlers = exception_handlers(pages.error_page, service.metrics.count_refusal)

    def not_now(request: AnyRequest, _: UnavailableError) -> Response[Any]:
        answer: Response[Any] = handlers[Refused](request, unavailable())
        return answer

    return {**handlers, UnavailableError: not_now}


def _lifespan(service: Service, jobs: tuple[Job, ...]) -> Callable[[Litestar], Any]:
    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        await service.store.open()
        await service.accounts.open()
        await service.ledger.start()
        service.ledger.listen(service.feed.after_commit)
        service.raffle.board.start()
        service.ledger.listen(service.raffle.board.after_commit)
        service.ledger.listen(service.overlay_feed.after_commit)
        service.ledger.listen(service.reactions.after_commit)
        service.ledger.listen(service.metrics.after_commit)
        if service.push is not None:
            service.ledger.listen(service.push.after_commit)
            service.push.start()
        schedule = Schedule(service, jobs)
        schedule.start()
        log.info("service_started", channel=service.channel, position=service.ledger.position)
        try:
            yield
        finally:
            if app.state.desk is not None:
                await app.state.desk.aclose()
            service.raffle.board.close()
            service.feed.close()
            service.overlay_feed.close()
            await schedule.stop()
            await service.reception.stop()
            if service.push is not None:
                await service.push.stop()
            await service.reactions.drain(DRAIN_SECONDS)
            await service.accounts.aclose(DRAIN_SECONDS)
            await service.ledger.stop()
            await service.store.close()
            await service.helix.aclose()
            log.info("service_stopped", position=service.ledger.position)

    return running


def _openapi() -> OpenAPIConfig:
    from goldomatic import __version__

    return OpenAPIConfig(
        title="Gold-o-Matic",
        version=__version__,
        description="Giveaways on Twitch that anyone can check.",
        path="/schema",
        components=openapi.SECURITY,
        render_plugins=[openapi.Description()],
        use_handler_docstrings=True,
    )
