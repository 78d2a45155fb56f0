"""Tags in lines of the chat log, and which of them are believed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldomatic.bridge.loglines import Joiner, Tag, read_json, read_tag, read_uuid, refusal
from goldomatic.bridge.settings import TagMatch
from support.bridge_game import who_report

NONCE = "ABCDEFGH2345"
ID = "0f8fad5b-d9cb-469f-a165-70867728950e"
SIGNED = f"[MGM_CONFIRM:{ID}] k={NONCE}.17"
STAMPS = [
    "11/21 12:00:00.123  ",
    "1/2 3:04:05.678  ",
    "11/21/2026 12:00:00.1234  ",
    "3/4 12:00:00 ",
    "2026-11-21 12:00:00.123 ",
    "2026-11-21 12:00:00 ",
    "",
]


def found(line: str, own: str | None = None) -> Tag:
    tag = read_tag(line, own)
    assert tag is not None, line
    return tag


@pytest.mark.parametrize("stamp", STAMPS)
@pytest.mark.parametrize(
    "before",
    [
        "",
        "To Norinn: ",
        "Norinn whispers: ",
        "Норинн шепчет: ",
        "Вы шепчете Норинн: ",
        "|Hchannel:o|h[OFFICER]|h Norinn: ",
        "[5. name] Norinn: ",
    ],
)
def test_a_signed_tag_is_found_behind_whatever_the_client_puts_before_it(
    stamp: str, before: str
) -> None:
    tag = found(stamp + before + SIGNED)
    assert (tag.kind, tag.subject, tag.nonce, tag.seq) == ("CONFIRM", ID, NONCE, 17)
    assert refusal(tag, NONCE, "signed") is None


def test_a_signed_tag_may_have_lost_its_brackets_and_gained_a_tail() -> None:
    tag = found(f"MGM_CONFIRM:{ID} k={NONCE}.17 and more")
    assert (tag.subject, tag.seq) == (ID, 17)
    assert refusal(tag, NONCE, "signed") is None
    hello = found(f"MGM_HELLO1.2.0 k={NONCE}.18")
    assert (hello.kind, hello.text) == ("HELLO", "1.2.0")


def test_every_tag_of_the_protocol_is_read() -> None:
    cases = {
        f"[MGM_WHO_UNKNOWN:{ID}]": ("WHO_UNKNOWN", ID, ""),
        f"[MGM_DID:whisper:{ID}]": ("DID", f"whisper:{ID}", ""),
        f"[MGM_UNDELIVERED:{ID}]": ("UNDELIVERED", ID, ""),
        f"[MGM_GIFT_ACCEPT:{ID}]": ("GIFT_ACCEPT", ID, ""),
        "[MGM_MAILBOX:open]": ("MAILBOX", "open", ""),
        "[MGM_UPDATE_CHECK]": ("UPDATE_CHECK", "", ""),
        "[MGM_LOGTEST]whisper:3": ("LOGTEST", "", "whisper:3"),
        f'[MGM_ITEMS:{ID}][{{"name":"Камень"}}]': ("ITEMS", ID, '[{"name":"Камень"}]'),
    }
    for tag, (kind, argument, text) in cases.items():
        read = found(f"{tag} k={NONCE}.5")
        assert (read.kind, read.argument, read.text, read.seq) == (kind, argument, text, 5)
        assert read.head == tag[: tag.index("]") + 1]


# D-19
@pytest.mark.parametrize("wrong", [ID[:-1], ID + "0", "x" * 36, "-" * 36, ID.replace("-", "0")])
def test_what_is_no_uuid_is_no_subject(wrong: str) -> None:
    assert read_uuid(wrong) is None
    assert found(f"[MGM_CONFIRM:{wrong}]").subject is None


def test_a_uuid_in_capitals_is_the_same() -> None:
    assert found(f"[MGM_CONFIRM:{ID.upper()}]").subject == ID


# D-20
@pytest.mark.parametrize(
    ("match", "line", "why"),
    [
        ("signed", f"[MGM_CONFIRM:{ID}]", "ignored unsigned tag"),
        ("signed", f"Bob whispers: [MGM_CONFIRM:{ID}]", "ignored unsigned tag"),
        ("signed", f"[MGM_CONFIRM:{ID}] k=ZZZZZZZZZZZZ.1", "ignored foreign tag"),
        ("strict", f"11/21 12:00:00.123  [MGM_CONFIRM:{ID}]", None),
        ("strict", f"Bob whispers: [MGM_CONFIRM:{ID}]", "ignored embedded tag"),
        ("strict", f"Bob whispers: {SIGNED}", None),
        ("strict", f"[MGM_CONFIRM:{ID}] k=ZZZZZZZZZZZZ.1", "ignored foreign tag"),
        ("strict", f"MGM_CONFIRM:{ID}", "ignored unsigned tag"),
        ("anywhere", f"Bob whispers: [MGM_CONFIRM:{ID}]", None),
        ("anywhere", f"Bob whispers: [MGM_CONFIRM:{ID}] k=ZZZZZZZZZZZZ.1", "ignored foreign tag"),
    ],
)
def test_who_is_believed(match: TagMatch, line: str, why: str | None) -> None:
    assert refusal(found(line), NONCE, match) == why


# D-20
def test_the_operators_own_whispers_count_as_the_beginning() -> None:
    for before in ("To Norinn: ", "Norinn whispers: "):
        line = f"11/21 12:00:00.123  {before}[MGM_CONFIRM:{ID}]"
        assert refusal(found(line, "Norinn"), NONCE, "strict") is None
        assert refusal(found(line, "Bob"), NONCE, "strict") == "ignored embedded tag"


def test_a_nonce_is_not_to_be_guessed_from_a_part_of_it() -> None:
    for signature in (f"k={NONCE[:-1]}.1", f"k={NONCE}A.1", f"k={NONCE.lower()}.1", f"k={NONCE}"):
        tag = found(f"[MGM_CONFIRM:{ID}] {signature}")
        assert refusal(tag, NONCE, "signed") is not None


def test_json_is_the_balanced_value_whatever_follows() -> None:
    report = who_report(ID, "Нор}инн{")
    assert read_json(f"  {report} k=x }} [", "{") == json.loads(report)
    with pytest.raises(LookupError):
        read_json("nothing", "{")
    for bad in ("{", '{"a":}', "{'a':1}", '{"a":NaN}'):
        with pytest.raises(ValueError, match=r"."):
            read_json(bad, "{")


# Split tags


def parts(text: str, sizes: list[int], first: int = 100) -> list[str]:
    """A tag split as the protocol says; sizes are taken in turn."""
    pieces, rest = [], text
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    pieces.append(rest)
    total = len(pieces)
    return [
        f"[MGM_ITEMS:{ID}] {number}/{total} {piece} k={NONCE}.{first + number}"
        for number, piece in enumerate(pieces, 1)
    ]


def joined(joiner: Joiner, lines: list[str]) -> list[tuple[str, tuple[int, ...]]]:
    wholes = [joiner.join(found(line)) for line in lines]
    return [(whole[0].text, whole[1]) for whole in wholes if whole is not None]


@given(
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=60),
    st.lists(st.integers(1, 20), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_parts_in_any_order_and_repeated_give_the_whole_once(
    middle: str, sizes: list[int], shuffle: object
) -> None:
    text = '[{"name":"' + middle.replace(" k=", "") + '"}]'
    lines = parts(text, sizes)
    doubled = [*lines[:-1], *lines[:-1]]
    shuffle.shuffle(doubled)
    numbers = tuple(range(101, 101 + len(lines)))
    assert joined(Joiner(), [*doubled, lines[-1]]) == [(text, numbers)]


def test_a_newer_set_replaces_an_unfinished_one() -> None:
    old, new = parts("[1,2,3]", [3]), parts("[4,5,6]", [3], first=200)
    joiner = Joiner()
    assert joined(joiner, [old[0], new[1], old[1], new[0]]) == [("[4,5,6]", (201, 202))]
    assert joined(joiner, [new[1]]) == []


def test_parts_that_make_no_sense_are_nothing() -> None:
    joiner = Joiner()
    for frame in ("0/2", "3/2", "1/0", "1/9999"):
        assert joiner.join(found(f"[MGM_ITEMS:{ID}] {frame} x k={NONCE}.5")) in (None,)


def test_unfinished_sets_do_not_pile_up() -> None:
    joiner = Joiner()
    for number in range(1000):
        joiner.join(found(f"[MGM_ITEMS:{number}] 1/2 x k={NONCE}.{number}"))
    assert len(list(joiner.pending())) <= Joiner.MOST_UNFINISHED
