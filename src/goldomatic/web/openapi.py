"""The description of the API under /schema: what routes refuse, and what they are sent.

The routes that speak ASGI themselves are unknown to the framework and are described by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

import msgspec
from litestar.openapi import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    Operation,
    RequestBody,
    Schema,
    SecurityScheme,
)

from goldomatic.web.wire import AnyRequest, Problem

TOKEN: list[dict[str, list[str]]] = [{"extensionToken": []}]
"""Security of a route that needs the Extension's token."""

KEY: list[dict[str, list[str]]] = [{"operatorKey": []}]
"""Security of a route that needs the operator's key."""

LINK: list[dict[str, list[str]]] = [{"overlayLink": []}]
"""Security of a route that needs the overlay's link."""

SECURITY = Components(
    security_schemes={
        "extensionToken": SecurityScheme(
            type="http",
            scheme="bearer",
            bearer_format="JWT",
            description="The token that Twitch's Extension helper gives to the panel.",
        ),
        "operatorKey": SecurityScheme(
            type="apiKey",
            name="X-MGM-ApiKey",
            security_scheme_in="header",
            description="The API key of the streamer's side.",
        ),
        "overlayLink": SecurityScheme(
            type="apiKey",
            name="link",
            security_scheme_in="query",
            description="The key in the overlay's link.",
        ),
    }
)

_REFUSALS: Mapping[int, str] = MappingProxyType(
    {
        400: "The request cannot be read, or comes out of its turn.",
        401: "The token is missing, wrong or without identity.",
        403: "The caller may not do this.",
        404: "There is no such thing.",
        405: "The route does not answer this method.",
        409: "What there is already does not allow it.",
        413: "The body is too large.",
        429: "Too many requests; Retry-After says how many seconds to wait.",
        503: "The service cannot answer now; Retry-After says how many seconds to wait.",
    }
)


def refusals(
    *statuses: int, answers: Mapping[int, ResponseSpec] | None = None
) -> dict[int, ResponseSpec]:
    """The refusals of a route, with 503, which every route may give, and its further answers."""
    return {
        **{status: _refusal(status) for status in (*statuses, 503)},
        **(answers or {}),
    }


def _refusal(status: int) -> ResponseSpec:
    return ResponseSpec(Problem, description=_REFUSALS[status], generate_examples=False)


def answer(shape: Any, description: str) -> ResponseSpec:
    """A further answer of a route; `shape` is None for an empty one."""
    return ResponseSpec(shape, description=description, generate_examples=False)


def takes(shape: type[msgspec.Struct]) -> type[Operation]:
    """For a route that reads its body itself: its description with that body."""
    (reference,), schemas = msgspec.json.schema_components([shape], ref_template="{name}")
    # The framework has no schema of this shape; what it is given here it writes as it is.
    schema = cast("Schema", _inlined(schemas[reference["$ref"]], schemas))
    body = RequestBody(required=True, content={"application/json": OpenAPIMediaType(schema)})

    @dataclass
    class WithBody(Operation):
        def __post_init__(self) -> None:
            self.request_body = body

    return WithBody


def _inlined(node: Any, schemas: Mapping[str, Any]) -> Any:
    """A schema with the shapes inside it written out: the framework lists no component for them."""
    if isinstance(node, dict):
        if "$ref" in node:
            return _inlined(schemas[node["$ref"]], schemas)
        return {key: _inlined(value, schemas) for key, value in node.items()}
    return [_inlined(each, schemas) for each in node] if isinstance(node, list) else node


def _answers(*statuses: int, **described: dict[str, Any]) -> dict[str, Any]:
    """Responses of a route that is described by hand: `ok` is its 200."""
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    told = {
        str(status): {"description": _REFUSALS[status], "content": problem}
        for status in (*statuses, 503)
    }
    return {"200": described["ok"], **told}


def _text(media_type: str, description: str) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}


def _header(name: str, meaning: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "description": meaning, "schema": {"type": "string"}}


_STATE = {
    "description": "The present state.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RouletteState"}}},
}

_FAULT = {
    "description": "Not Twitch's, or not readable: errorCode says why.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}

RAW_PATHS: Mapping[str, dict[str, Any]] = MappingProxyType(
    {
        "/api/roulette/state": {
            "get": {
                "summary": "Phase, countdown and pool size",
                "description": "State of the running spin cycle. Needs no identity.",
                "operationId": "RouletteState",
                "security": TOKEN,
                "responses": _answers(401, 403, 429, ok=_STATE),
            }
        },
        "/api/twitch/eventsub": {
            "post": {
                "summary": "EventSub deliveries",
                "description": "Where Twitch sends what happens in chat. 200 once it is recorded.",
                "operationId": "TwitchEventSub",
                "parameters": [
                    _header("Twitch-Eventsub-Message-Id", "Part of what is signed."),
                    _header("Twitch-Eventsub-Message-Timestamp", "Part of what is signed."),
                    _header("Twitch-Eventsub-Message-Signature", "sha256= and the HMAC in hex."),
                    _header("Twitch-Eventsub-Message-Type", "What kind of message it is."),
                ],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": _answers(
                    400, 401, 413, ok=_text("text/plain", "Taken. A challenge is given back.")
                ),
            }
        },
        "/api/twitch/webhook": {
            "post": {
                "summary": "EventSub deliveries, for the raffle",
                "description": "As /api/twitch/eventsub; 204 once it is recorded.",
                "operationId": "TwitchWebhook",
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {
                    "204": {"description": "Taken."},
                    **dict.fromkeys(("400", "403"), _FAULT),
                    **_answers(413, ok=_text("text/plain", "The challenge, given back.")),
                },
            }
        },
        "/api/live": {
            "get": {
                "summary": "Live feed",
                "description": (
                    "Server-sent events: state, outcome, draw, payout and, with a token, me."
                ),
                "operationId": "Live",
                "security": [{}, *TOKEN],
                "parameters": [
                    _header("Last-Event-ID", "The last message's id: what was missed is sent.")
                ],
                "responses": _answers(
                    401, 403, 429, ok=_text("text/event-stream", "The feed, until it is closed.")
                ),
            }
        },
        "/api/overlay/live": {
            "get": {
                "summary": "The overlay's live feed",
                "description": "Server-sent events: scene, whole, at once and after every change.",
                "operationId": "OverlayLive",
                "security": LINK,
                "responses": _answers(
                    403, 429, ok=_text("text/event-stream", "The feed, until it is closed.")
                ),
            }
        },
    }
)


class Description(JsonRenderPlugin):
    """The framework's description, completed by the routes that it does not know."""

    def __init__(self) -> None:
        super().__init__(path=["/", "/openapi.json"])

    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:
        paths = {**openapi_schema["paths"], **RAW_PATHS}
        return super().render(request, {**openapi_schema, "paths": dict(sorted(paths.items()))})
