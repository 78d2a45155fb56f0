"""The form of the weights: trying numbers, saving them, and what is wrong with them."""

import pytest

from goldomatic.raffle import admin_view
from goldomatic.raffle.weights import DEFAULTS, FLAGS, Formula
from support.raffle_pages import PAGE, html, sent, told
from support.raffle_stage import RaffleStage

CLASSIC = Formula(DEFAULTS["classic"], FLAGS["classic"])


def mark(raffle: RaffleStage) -> str:
    return admin_view.mark_of(admin_view.numbers_of(raffle.stage.service))


# W-41
@pytest.mark.parametrize(
    ("field", "typed", "fault"),
    [
        ("cheerBitsDivisor", "0", "Enter a number greater than 0."),
        ("baseWeight", "", "Enter a number with at most 6 decimals."),
        ("subMonthsCap", "1.5", "Enter a whole number of at least 0."),
        ("resubMultiplier", "-1", "Enter a number that is not negative."),
        ("giftedSubsCap", "1000001", "Enter at most 1,000,000."),
        ("loyaltyMaxBonus", "12abc", "Enter a number with at most 6 decimals."),
    ],
)
async def test_a_wrong_number_is_marked_and_nothing_saved(
    raffle: RaffleStage, field: str, typed: str, fault: str
) -> None:
    before = raffle.stage.service.ledger.position
    answer, page = await sent(
        raffle,
        "weights",
        back="tab=weights",
        wish="save",
        mark=mark(raffle),
        **{"carryOverMultiplier": "0.7", field: typed},
    )
    assert answer.status_code == 400
    assert page.by_id(field).attributes["aria-invalid"] == "true"
    assert page.by_id(page.by_id(field).attributes["aria-describedby"]).text == fault
    assert page.by_id(field).attributes["value"] == typed
    assert page.by_id("carryOverMultiplier").attributes["value"] == "0.7"
    assert told(page, "weights")[0] == "bad"
    assert raffle.stage.service.ledger.position == before


async def test_all_wrong_numbers_are_marked_at_once(raffle: RaffleStage) -> None:
    _, page = await sent(raffle, "weights", cheerBitsDivisor="0", baseWeight="0", wish="try")
    assert len(page.of_class("wrong")) == 2


async def test_numbers_are_saved(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1)
    fields = {"baseWeight": "2.5", "loyaltyMaxBonus": "3", "wish": "save"}
    _, page = await sent(raffle, "weights", back="tab=weights", mark=mark(raffle), **fields)
    assert told(page, "weights") == ("good", "Settings saved successfully!")
    assert page.by_id("baseWeight").attributes["value"] == "2.5"
    assert page.by_id("loyaltyMaxBonus").attributes["value"] == "3"
    assert "1.00x" in page.by_id("entry-1").text, "stored weights stay"
    fields = {"loyaltyMaxBonus": "", "wish": "save", "recalculate": "on"}
    _, page = await sent(raffle, "weights", back="tab=weights", mark=mark(raffle), **fields)
    assert page.by_id("loyaltyMaxBonus").attributes["value"] == ""
    assert "2.50x" in page.by_id("entry-1").text


async def test_numbers_are_tried_before_they_are_saved(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    await raffle.give(1, "cheer", 1000)
    before = raffle.stage.service.ledger.position
    answer, page = await sent(raffle, "weights", cheerBitsDivisor="500", wish="try")
    assert answer.status_code == 200
    tried = page.by_id("tried").text
    assert "1 of 2 weights would change." in tried
    assert "3.00x → 4.00x" in tried
    assert "66.67% → 75.00% ▲ gains" in tried
    assert "33.33% → 25.00% ▼ loses" in tried
    assert page.by_id("cheerBitsDivisor").attributes["value"] == "500"
    assert raffle.stage.service.ledger.position == before


async def test_trying_without_entries(raffle: RaffleStage) -> None:
    _, page = await sent(raffle, "weights", baseWeight="2", wish="try")
    assert "Nobody waits in a session" in page.by_id("tried").text


# W-40, without scripts: what somebody else has saved is not overwritten unseen
async def test_numbers_that_were_changed_meanwhile(raffle: RaffleStage) -> None:
    old = mark(raffle)
    await raffle.done("PUT", "/api/admin/weight-settings", json={"settings": {"resubCap": 9}})
    answer, page = await sent(raffle, "weights", baseWeight="3", mark=old, wish="save")
    assert answer.status_code == 409
    assert "hidden" not in page.by_id("weights-changed").attributes
    assert page.by_id("baseWeight").attributes["value"] == "3"
    assert page.by_id("weights").attributes["data-mark"] == mark(raffle)
    assert admin_view.numbers_of(raffle.stage.service).numbers.base_weight == 1_000_000
    _, page = await sent(raffle, "weights", baseWeight="3", mark=mark(raffle), wish="save")
    assert told(page, "weights")[0] == "good"


async def test_weights_are_recalculated_after_a_question(raffle: RaffleStage) -> None:
    await raffle.start()
    await raffle.entered(1, 2)
    await raffle.done("PUT", "/api/admin/weight-settings", json={"settings": {"baseWeight": 3}})
    question = await html(raffle.owner, f"{PAGE}/recalculate")
    assert "Avoid running during a live draw." in question.by_id("step").text
    _, page = await sent(raffle, "recalculate")
    assert told(page, "entries") == ("good", "Recalculated weights for 2 users.")
    assert "3.00x" in page.by_id("entry-1").text


def test_the_form_of_the_capped_profile_switches_parts_off() -> None:
    capped = Formula(DEFAULTS["capped"], FLAGS["capped"])
    off = {each.name for each in admin_view.weights_of(capped).fields if each.off}
    assert off == {"resubMultiplier", "resubCap", "donationsDivisor", "donationsCap"}
    typed = dict.fromkeys(admin_view.FIELDS, "1")
    assert set(admin_view.given_numbers(typed, capped)) == set(admin_view.FIELDS) - off
    assert not [each.name for each in admin_view.weights_of(CLASSIC).fields if each.off]


def test_numbers_are_written_as_they_are_typed() -> None:
    fields = {each.name: each.value for each in admin_view.weights_of(CLASSIC).fields}
    assert len(fields) == 15
    assert fields["baseWeight"] == "1"
    assert fields["subMonthsMultiplier"] == "0.1"
    assert fields["cheerBitsDivisor"] == "1000"
    assert fields["loyaltyMaxBonus"] == ""
