"""Invented names: characters of the game, logins and display names of viewers."""

import random

from goldomatic.values import CharacterName


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_LATIN = (
    _words(
        "Aer Bal Cor Dra El Fen Gor Hal Il Jor Kel Lor Mal Nor Or Pyr Quo Rav Syl Tor "
        "Ul Vor Wyn Yr Zul"
    ),
    _words("a ad ag al am an ar ath e eb ed el en er i id il in ir o ol on or ua"),
    _words(
        "bane dor drin fang gar heim kan lan mir nar nok rak ran rim ros thas this tul vek wyn zar"
    ),
)
_CYRILLIC = (
    _words("Аэр Бор Вел Гром Дар Ели Жар Зим Кол Лад Мир Нор Олл Рад Свет Тих Ульв Фар Хол Яр"),
    _words("а ав ад ал ан ар е ел ен ер и ив ил ин о ов ол ор у яв"),
    _words("бор вар вен град дин дор ган кар лан мир нар рат рин рок тар тур хам шар"),
)
_CALLINGS = _words("brews codes fishes games heals naps pulls raids reads sings tanks wipes")


def character_name(rng: random.Random, *, cyrillic: bool = False) -> CharacterName:
    """A name that the game would accept: one of about 12,000 Latin or 7,000 Cyrillic ones."""
    head, middle, tail = _CYRILLIC if cyrillic else _LATIN
    return CharacterName.parse(rng.choice(head) + rng.choice(middle) + rng.choice(tail))


def login(rng: random.Random) -> str:
    """A Twitch login: lower-case ASCII, 4 to 25 characters."""
    name = character_name(rng).lower()
    ending = rng.choice([str(rng.randrange(10, 9999)), "_" + rng.choice(_CALLINGS), "_tv", ""])
    return name + ending


def display_name(rng: random.Random, login: str, *, cyrillic: bool = False) -> str:
    """The login in the viewer's own capitals, or a localized name unrelated to it."""
    if cyrillic:
        return character_name(rng, cyrillic=True)
    return rng.choice([login, login.capitalize(), "_".join(map(str.capitalize, login.split("_")))])
