"""The update check's judgement and its sentences."""

import pytest

from goldomatic.bridge import commands, versions
from support.bridge_game import call


@pytest.mark.parametrize(
    ("one", "other", "sign"),
    [
        ("1.2.3", "v1.2.3", 0),
        ("1.2", "1.2.0", 0),
        ("1", "1.0.1", -1),
        ("1.10.0", "1.9.9", 1),
        ("1.2.3-beta", "1.2.3+build", 0),
        ("nightly", "Nightly", 0),
        ("nightly", "1.0", 1),
        ("1.2.3.4", "1.2.3", 1),
        ("1..2", "1.2", -1),
    ],
)
def test_versions_are_compared_by_number_and_else_by_text(one: str, other: str, sign: int) -> None:
    assert versions.compare(one, other) == sign
    assert versions.compare(other, one) == -sign


def test_what_a_build_adds_is_not_part_of_the_own_version() -> None:
    assert versions.own_version("1.2.3+local.5") == "1.2.3"
    assert versions.own_version("1.2.3;debug") == "1.2.3"


# D-34
@pytest.mark.parametrize(
    ("latest", "minimum", "state", "text"),
    [
        ("v1.3.0", None, "newer", "Доступна новая версия: v1.3.0 (у вас v1.2.0)."),
        ("1.2.0", None, "equal", "Версия актуальна: v1.2.0."),
        ("1.1.0", "", "equal", "Версия актуальна: v1.2.0."),
        ("1.3.0", "1.2.1", "too_old", "Текущая версия v1.2.0 ниже минимальной поддерживаемой."),
        (" ", "9.0", "failed", "Не удалось проверить обновления."),
    ],
)
def test_what_the_operator_reads(latest: str, minimum: str | None, state: str, text: str) -> None:
    judged = versions.judge("1.2.0", latest, minimum)
    assert judged == state
    assert versions.status_text(judged, "1.2.0", latest) == text


# D-34
def test_what_is_typed_into_the_game() -> None:
    said = versions.reply_text
    name = "Mimiron's Gold-o-Matic: "
    newer = f"{name}Доступна новая версия v2.0 (у вас v1.0)."
    assert said("newer", "1.0", "v2.0", None) == newer
    assert said("newer", "1.0", "2.0", "https://x.org") == f"{newer} Подробнее: https://x.org"
    long = "https://example.org/" + "a" * 90
    shortened = said("newer", "1.0", "2.0", long).rpartition(" ")[2]
    assert (len(shortened), shortened[-3:]) == (80, "...")
    assert said("equal", "1.0", "1.0", None) == f"{name}Вы используете актуальную версию (v1.0)."
    failed = said("failed", "1.0", "", None)
    assert failed == (
        f"{name}Не удалось проверить обновления. "
        "Убедитесь, что Desktop-приложение подключено к интернету."
    )
    for text in (newer, failed, said("newer", "1.0", "2.0", long)):
        assert all(len(line) <= 254 for line in commands.chat_lines(text))
        assert " ".join(call(line)[1][0] for line in commands.chat_lines(text)) == text
