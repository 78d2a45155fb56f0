"""How a page is made: template, language and the headers that every page has."""

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.datastructures import Cookie
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template import TemplateConfig
from msgspec import Struct

from goldomatic.service import service_of
from goldomatic.values import Code, Refused, rfc3339
from goldomatic.web import i18n
from goldomatic.web.assets import asset_url, document_url
from goldomatic.web.wire import AnyRequest

TEMPLATES = Path(__file__).parent / "templates"
LANGUAGE_KEPT_SECONDS = 365 * 24 * 3600
SHORTEST_RETRY_SECONDS = 5
OBS = "obs"
"""The view of a page for a streaming program: large, transparent, without navigation."""

_ERRORS_WITH_TEXTS = frozenset({404, 405, 429, 500, 503})
_OBS_PAGES = frozenset({"/overlay"})


class LanguageLink(Struct, frozen=True):
    """One choice of the language switch."""

    code: str
    name: str
    href: str
    current: bool


def template_config(
    formats: Mapping[str, Callable[..., str]],
) -> TemplateConfig[JinjaTemplateEngine]:
    """The application's template engine: values are escaped, an unknown name is an error.

    `formats` are further functions that templates may call.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "asset": asset_url,
        "document": document_url,
        "instant": rfc3339,
        "utc": utc_text,
        "clock": clock_text,
        **formats,
    }
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment))


def utc_text(instant: str) -> str:
    """An RFC 3339 instant in numbers, which every language reads alike; scripts make it local."""
    return f"{instant[:10]} {instant[11:16]} UTC"


def clock_text(seconds: float) -> str:
    """A countdown as minutes and seconds; a second that has begun counts as whole."""
    whole = max(0, -int(-seconds // 1))
    return f"{whole // 60}:{whole % 60:02d}"


def language_of(request: AnyRequest) -> str:
    """The language of a reader: `?lang=`, else the cookie, else what the browser accepts."""
    return i18n.choose(
        request.query_params.get("lang"),
        request.cookies.get(i18n.COOKIE),
        request.headers.get("accept-language", ""),
    )


def render(request: AnyRequest, template: str, language: str, **context: object) -> bytes:
    """A template or fragment as UTF-8, with the texts of a language as `t`, and the settings."""
    engine = request.app.template_engine
    if engine is None:
        raise RuntimeError("the application has no template engine")
    settings = service_of(request).settings
    found = engine.get_template(template)
    text: str = found.render(t=i18n.texts(language), settings=settings, **context)
    return text.encode()


def page(request: AnyRequest, template: str, **context: object) -> Response[bytes]:
    """A whole page in the reader's language; a language asked for is remembered."""
    language = language_of(request)
    view = _view_of(request)
    content = render(
        request, template, language, view=view, languages=_switch(request, language), **context
    )
    response = html(request, content)
    if request.query_params.get("lang") == language and view != OBS:
        response.set_cookie(_remember(request, language))
    return response


def _view_of(request: AnyRequest) -> str:
    is_obs = request.query_params.get("view") == OBS or request.scope["path"] in _OBS_PAGES
    return OBS if is_obs else "page"


def html(request: AnyRequest, content: bytes) -> Response[bytes]:
    """HTML as an answer, compressed where the browser takes it; caches must ask again."""
    headers = {
        "cache-control": "private, no-cache",
        "vary": "accept-encoding, accept-language, cookie",
    }
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["content-encoding"] = gzip.compress(content, 6, mtime=0), "gzip"
    return Response(content, headers=headers, media_type="text/html")


def _switch(request: AnyRequest, language: str) -> list[LanguageLink]:
    """Links to the same page. Without a path, as a path from outside could lead elsewhere."""
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    others = [(key, value) for key, value in query if key != "lang"]
    return [
        LanguageLink(code, name, f"?{urlencode([*others, ('lang', code)])}", code == language)
        for code, name in i18n.LANGUAGES.items()
    ]


def _remember(request: AnyRequest, language: str) -> Cookie:
    return Cookie(
        key=i18n.COOKIE,
        value=language,
        path="/",
        max_age=LANGUAGE_KEPT_SECONDS,
        httponly=True,
        samesite="lax",
        secure=service_of(request).settings.public_url.startswith("https://"),
    )


def error_page(request: AnyRequest, status: int, refused: Refused) -> Response[Any]:
    """A refusal as a page for browsers; what passes by itself is asked for again."""
    wait = None
    named = str(status) if status in _ERRORS_WITH_TEXTS else "other"
    if status in (429, 503):
        given = float(refused.details.get("retryAfter", SHORTEST_RETRY_SECONDS))
        wait = max(SHORTEST_RETRY_SECONDS, -int(-given // 1))
    elif refused.code is Code.FORBIDDEN_LINK:
        named = "link"
    return page(request, "error.html", status=status, named=named, code=refused.code, wait=wait)
