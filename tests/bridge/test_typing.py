"""What is typed into the game, when, and how often."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from goldomatic.bridge.inject import GameWindow, InjectionError
from goldomatic.bridge.inject.fallback import FallbackInjector
from goldomatic.bridge.inject.recording import DRY_WINDOW, DryRunInjector, RecordingInjector
from support.bridge_game import Rig, bridged, status, winners
from support.gate import Gate
from support.service import ANNA, Stage

Three = tuple[Stage, Gate, Rig]


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Three]:
    async with bridged(tmp_path) as found:
        found[2].bridge.read_log()
        yield found


# The session


async def test_the_session_key_is_handed_over_first_and_until_the_addon_answers(
    three: Three,
) -> None:
    _, _, rig = three
    rig.game.answers = False
    await rig.settle(20)
    assert len(rig.game.typed("MGM_Hello")) == 1
    await rig.settle(60)
    assert 2 <= len(rig.game.typed("MGM_Hello")) <= 3
    rig.game.answers = True
    await rig.settle(120)
    assert rig.bridge.view.addon == "1.0.0"
    told = len(rig.game.typed("MGM_Hello"))
    await rig.settle(100)
    assert len(rig.game.typed("MGM_Hello")) == told


async def test_an_addon_without_a_key_asks_for_it(three: Three) -> None:
    _, _, rig = three
    await rig.hello()
    for asked in ("[MGM_HELLO]1.0.0", "[MGM_HELLO]1.0.0 k=ZZZZZZZZZZZZ.7"):
        rig.clock.advance(31)
        rig.game.lines.clear()
        rig.game.write(*[asked] * 5)
        await rig.settle(10)
        assert len(rig.game.typed("MGM_Hello")) == 1


async def test_the_session_outlives_the_bridge(three: Three) -> None:
    _, _, rig = three
    await rig.hello()
    nonce = rig.game.nonce
    await rig.restart()
    rig.game.nonce = ""
    await rig.hello()
    assert rig.game.nonce == nonce


async def test_what_was_read_is_acknowledged_after_two_seconds_and_again_when_it_repeats(
    three: Three,
) -> None:
    _, _, rig = three
    await rig.hello()
    number = rig.game.tag("[MGM_MAILBOX:open]")
    await rig.look()
    assert not await rig.bridge.type_next()
    rig.clock.advance(2)
    assert await rig.bridge.type_next()
    assert number in rig.game.acknowledged
    rig.game.acknowledged.clear()
    rig.game.tag("[MGM_MAILBOX:open]", seq=number)
    await rig.settle(5)
    assert rig.game.acknowledged == []
    rig.clock.advance(15)
    rig.game.tag("[MGM_MAILBOX:open]", seq=number)
    await rig.settle(5)
    assert rig.game.acknowledged == [number]


async def test_acknowledgements_outlive_the_bridge(three: Three) -> None:
    _, _, rig = three
    await rig.hello()
    numbers = [rig.game.tag(f"[MGM_NEWS:{each}]") for each in range(50)]
    await rig.look()
    await rig.restart()
    await rig.settle(5)
    assert set(numbers) <= set(rig.game.acknowledged)


async def test_parts_are_acknowledged_when_the_whole_is_there(three: Three) -> None:
    _, _, rig = three
    await rig.hello()
    rig.game.seq += 10
    first = rig.game.seq
    for each in (1, 3):
        rig.game.tag(f"[MGM_NEWS:42] {each}/3 part", seq=first + each)
    await rig.settle(5)
    assert not {first + 1, first + 3} & set(rig.game.acknowledged)
    rig.game.tag("[MGM_NEWS:42] 2/3 part", seq=first + 2)
    await rig.settle(5)
    assert {first + 1, first + 2, first + 3} <= set(rig.game.acknowledged)


# Winner whispers


# D-12
async def test_a_new_winner_is_whispered_to_once(three: Three) -> None:
    stage, _, rig = three
    (payout_id,) = await winners(stage, 1)
    for _ in range(6):
        await rig.settle(15)
    await rig.restart()
    await rig.settle(60)
    assert rig.game.typed("NotifyWinnerWhisper") == [(payout_id, "Norinn")]
    assert f"NotifyWinnerWhisper injected {payout_id} (Norinn)" not in rig.told


# D-12: an addon that answers nothing is told once, whatever happens
async def test_without_signatures_a_whisper_is_never_typed_twice(tmp_path: Path) -> None:
    async with bridged(tmp_path, tag_match="strict") as (stage, _, rig):
        rig.game.answers = False
        await winners(stage, 1)
        await rig.settle(100)
        await rig.restart()
        await rig.settle(100)
        assert len(rig.game.typed("NotifyWinnerWhisper")) == 1
        assert rig.game.typed("MGM_Hello") == []


async def test_an_addon_that_does_not_answer_is_told_three_times_and_then_the_operator(
    three: Three,
) -> None:
    stage, _, rig = three
    await rig.hello()
    rig.game.answers, rig.game.chatty = False, True
    (payout_id,) = await winners(stage, 1)
    await rig.settle(29)
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 1
    await rig.settle(80)
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 3
    (told,) = [text for text in rig.told if "has not answered" in text]
    assert "winner whisper of Norinn" in told
    assert rig.bridge.view.rows[0].whisper == "silent"
    rig.game.answers = True
    assert await rig.bridge.act(payout_id, "renotify") is None
    await rig.settle(10)
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 4
    assert rig.bridge.view.rows[0].whisper == "answered"


async def test_a_log_that_does_not_grow_is_no_silence_of_the_addon(three: Three) -> None:
    stage, _, rig = three
    await rig.hello()
    rig.game.answers = False
    await winners(stage, 1)
    await rig.settle(110)
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 1
    await rig.settle(20)
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 2


async def test_a_whisper_that_reached_nobody_is_tried_again(three: Three) -> None:
    stage, _, rig = three
    await rig.hello()
    (payout_id,) = await winners(stage, 1)
    await rig.settle(5)
    for times in (1, 2, 3):
        assert len(rig.game.typed("NotifyWinnerWhisper")) == times
        rig.game.tag(f"[MGM_UNDELIVERED:{payout_id}]")
        await rig.settle(3)
        assert rig.bridge.view.rows[0].whisper == "undelivered"
        await rig.settle(60)
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 3
    assert sum("reached nobody 3 times" in text for text in rig.told) == 1


# D-13
async def test_without_the_game_in_front_the_whisper_waits(three: Three) -> None:
    stage, _, rig = three
    rig.game.injector.window = None
    (payout_id,) = await winners(stage, 1)
    await rig.settle(30)
    assert rig.game.lines == []
    told = f"NotifyWinnerWhisper skipped {payout_id} — WoW not foreground."
    assert rig.told.count(told) == 1
    rig.game.injector.window = DRY_WINDOW
    await rig.settle(3)
    assert rig.game.typed("NotifyWinnerWhisper") == [(payout_id, "Norinn")]


async def test_nothing_is_typed_while_the_operator_types(three: Three) -> None:
    stage, _, rig = three
    await winners(stage, 1)
    rig.game.injector.idle = 1.9
    await rig.settle(10)
    assert rig.game.lines == []
    rig.game.injector.idle = 2.0
    await rig.settle(3)
    assert rig.game.typed("NotifyWinnerWhisper")


async def test_another_window_of_the_game_is_left_alone(three: Three) -> None:
    _, _, rig = three
    mine, other = GameWindow("WoW.exe", 7), GameWindow("WoW.exe", 8)
    await rig.bridge.choose_window(mine)
    rig.game.injector.window = other
    await rig.settle(3)
    assert rig.game.lines == []
    assert rig.bridge.view.window is None
    rig.game.injector.window = mine
    await rig.settle(3)
    assert rig.game.lines


async def test_a_winner_who_has_consented_before_is_not_whispered_to(three: Three) -> None:
    stage, _, rig = three
    (payout_id,) = await winners(stage, 1)
    await stage.accept(payout_id, "Norinn")
    await rig.settle(5)
    assert rig.game.typed("NotifyWinnerWhisper") == []


# The online check


# D-29
async def test_a_candidate_is_looked_for_once_in_a_cycle(three: Three) -> None:
    stage, way, rig = three
    await rig.hello()
    rig.game.online = False
    stage.clock.at(-1)
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    cycle = (await stage.candidate())["spinCycleId"]
    await rig.settle(20)
    assert rig.game.typed("MGM_RunWhoForSpin") == [(cycle, "Norinn")]
    assert len(way.to("/verify-candidate")) == 1


# D-29
@pytest.mark.parametrize("in_front", [True, False])
async def test_a_check_without_an_answer_is_repeated_twice(three: Three, in_front: bool) -> None:
    stage, _, rig = three
    await rig.hello()
    rig.game.answers = False
    stage.clock.at(-1)
    await stage.chat(ANNA, "!twgold Норинн")
    await stage.tick(0)
    await stage.tick(240)
    if not in_front:
        rig.game.injector.window = None
    await rig.settle(13)
    assert len(rig.game.typed("MGM_RunWhoForSpin")) == (2 if in_front else 0)
    await rig.settle(40)
    assert len(rig.game.typed("MGM_RunWhoForSpin")) == (3 if in_front else 0)


async def test_an_online_winner_is_whispered_to_without_waiting_for_the_next_poll(
    three: Three,
) -> None:
    stage, way, rig = three
    await rig.hello()
    stage.clock.at(-1)
    await stage.chat(ANNA, "!twgold Norinn")
    await stage.tick(0)
    await stage.tick(240)
    await rig.bridge.watch_candidate()
    assert await rig.bridge.type_next()
    way.calls.clear()
    await rig.look()
    # The loop of the polls is rung; by hand it is asked at once.
    assert rig.bridge._desk.poll_bell._event.is_set()
    await rig.bridge.refresh()
    while await rig.bridge.type_next():
        pass
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 1


# Failing ways


def injectors() -> tuple[RecordingInjector, RecordingInjector, FallbackInjector]:
    first, second = RecordingInjector(), RecordingInjector()
    return first, second, FallbackInjector(first, second)


# D-11
async def test_where_the_first_way_fails_the_other_is_used_once() -> None:
    first, second, both = injectors()
    first.failures = [InjectionError("no", system_code=5)]
    await both.type_line(DRY_WINDOW, "a")
    assert (first.lines, second.lines) == ([], ["a"])
    first.failures = [InjectionError("no")]
    second.failures = [InjectionError("neither", system_code=6)]
    with pytest.raises(InjectionError, match="neither"):
        await both.type_line(DRY_WINDOW, "b")
    assert (first.lines, second.lines) == ([], ["a"])


# D-11
@pytest.mark.parametrize(
    "error", [InjectionError("half", begun=True), InjectionError("gone", code="window_lost")]
)
async def test_a_line_that_was_begun_is_not_typed_a_second_time(error: InjectionError) -> None:
    first, second, both = injectors()
    first.failures = [error]
    with pytest.raises(InjectionError):
        await both.type_line(DRY_WINDOW, "a")
    assert second.lines == []


# D-11
async def test_when_all_ways_fail_the_operator_is_alarmed_and_retry_types_the_same(
    three: Three,
) -> None:
    stage, _, rig = three
    await rig.hello()
    first, second = await winners(stage, 2)
    for payout_id, name in ((first, "Noriaa"), (second, "Noriab")):
        await stage.accept(payout_id, name)
    await rig.settle(5)
    rig.game.lines.clear()
    await rig.bridge.sync()
    rig.game.injector.failures = [InjectionError("PostMessage: refused", system_code=5)]
    assert not await rig.bridge.type_next()
    alert = rig.bridge.view.alert
    assert alert is not None
    assert (alert.kind, alert.retry) == ("injection_failed", True)
    assert "(5)" in alert.body
    assert [row.queued for row in rig.bridge.view.rows] == ["failed", "failed"]
    assert {await status(stage, each) for each in (first, second)} == {"InProgress"}
    await rig.settle(60)
    assert rig.game.typed("ReceiveGold") == []
    await rig.bridge.retry()
    await rig.settle(5)
    entries = f"{first}:Noriaa:10000000;{second}:Noriab:10000000;"
    assert rig.game.typed("ReceiveGold") == [(entries,)]
    assert rig.bridge.view.alert is None


async def test_a_game_that_leaves_while_it_is_typed_to_is_typed_to_later(three: Three) -> None:
    stage, _, rig = three
    await rig.hello()
    rig.game.injector.failures = [InjectionError("gone", code="window_lost", begun=True)]
    await winners(stage, 1)
    await rig.settle(10)
    assert len(rig.game.typed("NotifyWinnerWhisper")) == 1
    assert rig.bridge.view.alert is None


async def test_a_dry_run_shows_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[str] = []
    dry = DryRunInjector(shown.append)
    window = await dry.foreground()
    assert window is not None
    assert list(await dry.windows()) == [window]
    assert await dry.idle_seconds() > 1e9
    await dry.type_line(window, "/run x()")
    await dry.aclose()
    assert shown == ["/run x()"]


# The log test


@pytest.mark.parametrize(
    ("written", "result"),
    [
        (["system", "whisper"], "system=1 whisper=1 toggle=1"),
        (["system"], "system=1 whisper=0 toggle=1"),
        (["whisper", "MGMPAD"], "whisper=1 system=0 toggle=0 pad=1"),
        (["system", "whisper", "MGMPAD"], "system=1 whisper=1 toggle=0 pad=1"),
        (["print", "MGMPAD"], "print=1 system=0 whisper=0 toggle=0 pad=1"),
    ],
)
async def test_the_log_test_is_judged(three: Three, written: list[str], result: str) -> None:
    _, _, rig = three
    await rig.hello()
    for number, what in enumerate(written, 1):
        if what == "MGMPAD":
            rig.game.write(*["MGMPAD" + "." * 100] * 20)
        else:
            rig.game.tag(f"[MGM_LOGTEST]{what}:{number}")
    await rig.look()
    await rig.settle(20)
    assert rig.game.typed("MGM_LogTest") == [(rig.game.nonce, result)]
    assert "[MGM_LOGTEST] chat log bridge works" in rig.told


# Updates


# D-34
async def test_the_operators_question_is_answered_in_the_game(three: Three) -> None:
    _, way, rig = three
    await rig.hello()
    rig.game.tag("[MGM_UPDATE_CHECK]")
    await rig.look()
    await rig.bridge._updates.answer_in_game()
    await rig.settle(5)
    shown = rig.game.typed("DEFAULT_CHAT_FRAME:AddMessage")
    text = " ".join(words for (words,) in shown)
    assert text == "Mimiron's Gold-o-Matic: Вы используете актуальную версию (v0.1.0)."
    assert len(way.to("/api/version")) == 1
    rig.game.injector.window = None
    rig.clock.advance(61)
    await rig.bridge.watch_window()
    await rig.bridge._updates.answer_in_game()
    assert rig.told[-1] == f"[MGM_UPDATE_CHECK] {text}"


# D-34
async def test_the_update_check_of_the_window(three: Three) -> None:
    _, way, rig = three
    assert rig.bridge.view.update.text == "Проверка обновлений не выполнялась."
    assert (await rig.bridge.check_update()).state == "equal"
    way.down = True
    assert (await rig.bridge.check_update()).text == "Не удалось проверить обновления."
    assert any(text.startswith("Update check failed.") for text in rig.told)
