"""Whether this bridge is the newest, and how that is said. Pure.

The sentences are the product's fixed texts, in Russian as the addon's whispers are.
"""

from typing import Literal

State = Literal["unchecked", "newer", "equal", "too_old", "failed"]
LONGEST_URL = 80
_NAME = "Mimiron's Gold-o-Matic: "


def own_version(installed: str) -> str:
    """The version without what a build adds after `+` or `;`."""
    return installed.partition("+")[0].partition(";")[0].strip()


def compare(one: str, other: str) -> int:
    """-1, 0 or 1 as `one` is older, the same or newer; by text where one is no version."""
    mine, theirs = _numbers(one), _numbers(other)
    if mine is None or theirs is None:
        left, right = one.strip().casefold(), other.strip().casefold()
        return (left > right) - (left < right)
    return (mine > theirs) - (mine < theirs)


def _numbers(text: str) -> tuple[int, ...] | None:
    core = text.strip().removeprefix("v").removeprefix("V")
    core = core.partition("-")[0].partition("+")[0]
    parts = core.split(".")
    if len(parts) > 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    return (*map(int, parts), *(0 for _ in range(3 - len(parts))))


def judge(own: str, latest: str, minimum: str | None) -> State:
    """What the service's answer means for this version. A blank latest version is no answer."""
    if not latest.strip():
        return "failed"
    if minimum and minimum.strip() and compare(own, minimum) < 0:
        return "too_old"
    return "newer" if compare(latest, own) > 0 else "equal"


def status_text(state: State, own: str, latest: str) -> str:
    """The line under Help."""
    match state:
        case "unchecked":
            return "Проверка обновлений не выполнялась."
        case "newer":
            return f"Доступна новая версия: v{_bare(latest)} (у вас v{own})."
        case "equal":
            return f"Версия актуальна: v{own}."
        case "too_old":
            return f"Текущая версия v{own} ниже минимальной поддерживаемой."
        case "failed":
            return "Не удалось проверить обновления."


def reply_text(state: State, own: str, latest: str, url: str | None) -> str:
    """The answer to the operator in the game's chat window."""
    match state:
        case "newer" | "too_old":
            text = f"{_NAME}Доступна новая версия v{_bare(latest)} (у вас v{own})."
            return f"{text} Подробнее: {_shortened(url)}" if url else text
        case "equal":
            return f"{_NAME}Вы используете актуальную версию (v{own})."
        case _:
            return (
                f"{_NAME}Не удалось проверить обновления. "
                "Убедитесь, что Desktop-приложение подключено к интернету."
            )


def _bare(version: str) -> str:
    return version.strip().removeprefix("v").removeprefix("V")


def _shortened(url: str) -> str:
    return url if len(url) <= LONGEST_URL else f"{url[: LONGEST_URL - 3]}..."
