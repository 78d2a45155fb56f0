"""What every page of the raffle has: whose pictures it may show, and that nobody keeps it."""

from typing import Any

from litestar import Response

from goldomatic.accounts.accounts import sign_in_origins
from goldomatic.accounts.guard import csrf_token_of, visitor_of
from goldomatic.accounts.records import Account
from goldomatic.config import Settings
from goldomatic.service import service_of
from goldomatic.web.headers import content_security_policy
from goldomatic.web.pages import html as html_answer
from goldomatic.web.pages import language_of, page, render
from goldomatic.web.wire import AnyRequest

AVATAR_HOST = "https://static-cdn.jtvnw.net"


def raffle_page(
    request: AnyRequest, template: str, *, status: int = 200, **context: object
) -> Response[bytes]:
    """A whole page that may show Twitch's avatars; what a login shows is not stored anywhere."""
    response = page(request, template, **_always(request), **context)
    response.status_code = status
    return _framed(request, response)


def raffle_part(request: AnyRequest, template: str, **context: object) -> Response[bytes]:
    """A part of such a page, as scripts fetch it."""
    content = render(request, template, language_of(request), **_always(request), **context)
    return _framed(request, html_answer(request, content))


def _always(request: AnyRequest) -> dict[str, object]:
    return {
        "csrf": csrf_token_of(request),
        "account": visitor_of(request),
        "path": request.scope["path"],
        "avatar": avatar,
        "is_web_link": is_web_link,
    }


def _framed(request: AnyRequest, response: Response[bytes]) -> Response[bytes]:
    policy = page_policy(service_of(request).settings)
    response.set_header("content-security-policy", policy.decode())
    response.set_header("cache-control", "no-store" if visitor_of(request) else "private, no-cache")
    return response


def page_policy(settings: Settings) -> bytes:
    """The content security policy of the raffle's pages."""
    return content_security_policy(
        form_targets=sign_in_origins(settings), image_hosts=(AVATAR_HOST,)
    )


def avatar(account: Account) -> str | None:
    """The address of an account's picture, if it is one of Twitch's own."""
    image = account.image or ""
    return image if image.startswith(f"{AVATAR_HOST}/") else None


def is_web_link(link: Any) -> bool:
    """Whether a submitted link may be an anchor; anything but http(s) is shown as text."""
    return isinstance(link, str) and link.lower().startswith(("https://", "http://"))
