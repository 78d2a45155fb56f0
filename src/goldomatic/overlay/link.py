"""The overlay's link: made by the channel's service alone, and checked without a look-up.

`<channel>.<number>.<signature>`: the signature is an HMAC-SHA256 over channel and number, under a
key of its own that is derived from the service's secret. It opens nothing but the overlay.
"""

import re
from base64 import urlsafe_b64encode
from hmac import compare_digest, digest

from goldomatic.setting_texts import Secret
from goldomatic.values import ChannelId

PATH = "/overlay"

_PURPOSE = b"goldomatic-overlay-link/1"
_FORM = re.compile(r"(?P<channel>[0-9]{1,20})\.(?P<number>[1-9][0-9]{0,9})\.[A-Za-z0-9_-]{43}")


def sign(secret: Secret, channel: ChannelId, number: int) -> str:
    """The link's key for a channel; raises `ValueError` where there is no secret to sign with."""
    if not secret:
        raise ValueError("an overlay link cannot be signed without a secret")
    own_key = digest(secret.reveal().encode(), _PURPOSE, "sha256")
    signature = digest(own_key, f"{channel}.{number}".encode(), "sha256")
    text = urlsafe_b64encode(signature).decode().rstrip("=")
    return f"{channel}.{number}.{text}"


def signed_number(secret: Secret, channel: ChannelId, given: str) -> int | None:
    """The number of a link that this service signed for the channel; None for any other text."""
    form = _FORM.fullmatch(given) if secret else None
    if form is None or form["channel"] != channel:
        return None
    number = int(form["number"])
    return number if compare_digest(given, sign(secret, channel, number)) else None
