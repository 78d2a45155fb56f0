"""Links: what is accepted, and every trick that is not."""

import pytest

from goldomatic.raffle.links import MAX_LINK, read_link
from goldomatic.raffle.options import LINK_HOSTS
from goldomatic.values import Code, Refused


#
@pytest.mark.parametrize(
    "link",
    [
        "https://www.soundcloud.com/a",
        "https://on.soundcloud.com/a",
        "https://docs.google.com/d",
        "https://www.dropbox.com/s/x",
        "http://soundcloud.com/a",
        "https://SoundCloud.com/Artist/Track?in=x#t=1:20",
        "https://drive.google.com/file/d/1x/view?usp=sharing",
        "https://soundcloud.com:443/x",
        "http://soundcloud.com:80/x",
        "  https://soundcloud.com/a  ",
        "https://docs.google.com/urls",
        "https://soundcloud.com/a@b",
    ],
)
def test_accepted(link: str) -> None:
    assert read_link(link, LINK_HOSTS) == link.strip()


@pytest.mark.parametrize("link", ["", "   ", "\n"])
def test_a_blank_link_is_none(link: str) -> None:
    assert read_link(link, LINK_HOSTS) is None


#
@pytest.mark.parametrize(
    "link",
    [
        "javascript://soundcloud.com/%0aalert(1)",
        "ftp://drive.google.com/x",
        "https://soundcloud.com@evil.test/",
        "https://evil@soundcloud.com/",
        "https://soundcloud.com:8443/x",
        "https://soundcloud.com:/x",
        "http://soundcloud.com:443/x",
        "https://soundcloud.com:99999/x",
        "https:soundcloud.com/x",
        "https:///soundcloud.com/x",
        "//soundcloud.com/x",
        "soundcloud.com/x",
        "https://soundcloud.com\\@evil.test/",
        "https://evil.test\\.soundcloud.com/",
        "https://soundcloud.com%2f@evil.test/",
        "https://evil.test%00.soundcloud.com/",
        "https://soundcloud.com\t.evil.test/",
        "https://sound\ncloud.com/",
        "https://soundcloud.com/a b",
        "https://soundcloud.com/\u202etxt.exe",
        "https://soundcloud.com/<script>",
        'https://soundcloud.com/"onclick="x',
        "https://[::1]/soundcloud.com",
        "https://[soundcloud.com]/",
        "https://.soundcloud.com/",
        "https://a..soundcloud.com/",
        "https://soundcloud.com./x",
        "https://soundclоud.com/x",
        "https://xn--.soundcloud.com/\x00",
        "https://google.com/url?q=https://evil.test",
        "https://www.google.com/url?q=https://evil.test",
        "https://www.google.com//url?q=x",
        "https://www.google.com/./url?q=x",
        "https://www.google.com/%75rl?q=x",
        "https://www.google.com/URL?q=x",
        "https://www.google.com/a/../url?q=x",
        "https://www.google.com/url;x?q=x",
        "https://www.google.com/amp/s/evil.test/",
        "https://www.google.com/travel/clk?pcurl=https://evil.test",
        "https://adservice.google.com/ddm/clk/1;2;https://evil.test",
        "https://www.google.com/a/%2e%2e/url/?q=x",
        "data:text/html,soundcloud.com",
        "https://soundcloud.com/" + "a" * MAX_LINK,
        "https://",
        "nonsense",
    ],
)
def test_refused_as_no_plain_address(link: str) -> None:
    with pytest.raises(Refused) as refused:
        read_link(link, LINK_HOSTS)
    assert refused.value.code is Code.DEMO_LINK_INVALID


#
@pytest.mark.parametrize(
    "link",
    [
        "https://swww.oundcloud.com/x",
        "https://evil.test/soundcloud.com",
        "https://soundcloud.com.evil.test/",
        "https://notsoundcloud.com/",
        "https://www.drive.google.com.evil.test/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://xn--soundclud-8bb.com/",
        "https://evil.test#@soundcloud.com",
        "https://evil.test?https://soundcloud.com",
    ],
)
def test_refused_as_another_host(link: str) -> None:
    with pytest.raises(Refused) as refused:
        read_link(link, LINK_HOSTS)
    assert refused.value.code in (Code.DEMO_LINK_DOMAIN, Code.DEMO_LINK_INVALID)
    if "@" not in link:
        assert refused.value.code is Code.DEMO_LINK_DOMAIN


def test_other_hosts_by_setting() -> None:
    assert read_link("https://norinn.bandcamp.com/t", ["bandcamp.com"])
    with pytest.raises(Refused):
        read_link("https://soundcloud.com/a", ["bandcamp.com"])
