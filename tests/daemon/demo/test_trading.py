from functools import partial
from pathlib import Path

import pytest

from antiphon.daemon import midi, smf
from antiphon.daemon.demo import programme, simulated, trading
from antiphon.daemon.demo.programme import Programme, load_score
from antiphon.daemon.messages import Timed
from antiphon.daemon.show import picture
from antiphon.daemon.smf import Bar, Part, Score
from tests.daemon.jam import ScriptedEngine

CLOSE_S = 0.002


def score(*onsets_s: float, bars: tuple[Bar, ...]) -> Score:
    messages: list[Timed] = []
    for time_s in onsets_s:
        messages += [(time_s, midi.note_on(0, 60, 80)), (time_s + 0.4, midi.note_off(0, 60))]
    return Score((Part("", tuple(sorted(messages))),), (), bars)


def bars(*starts_s: float, length_s: float = 2.0) -> tuple[Bar, ...]:
    return tuple(Bar(start_s, start_s + length_s, 4) for start_s in starts_s)


@pytest.mark.parametrize(
    ("onsets_s", "lines_s", "played_s"),
    [
        ((0.0, 2.0), (0.0, 2.0), [0.0, 2.0]),
        # The machine's two bars lie between the player's.
        ((0.0, 2.0, 4.0, 6.0), (0.0, 2.0, 4.0, 6.0), [0.0, 2.0, 8.0, 10.0]),
        # An upbeat is left out, a note a little early is none.
        ((0.5, 0.98, 3.0), (1.0, 3.0), [0.0, 2.0]),
        # Between two stretches of bars the other's begin on the bar line all the same.
        ((0.0, 5.0), (0.0, 5.0), [0.0, 8.0]),
        # Bars without a note are none to play.
        ((0.0, 9.0), (0.0, 2.0, 4.0, 6.0, 8.0), [0.0, 9.0]),
    ],
)
def test_the_player_plays_bars_and_leaves_as_many(
    onsets_s: tuple[float, ...], lines_s: tuple[float, ...], played_s: list[float]
) -> None:
    call = trading.in_turns(score(*onsets_s, bars=bars(*lines_s)), 2, 4)
    struck = [time_s for time_s, data in call.messages if midi.is_note_on(data)]
    assert struck == pytest.approx(played_s)


def test_the_clock_goes_through_everybodys_bars() -> None:
    call = trading.in_turns(score(0.0, bars=bars(0.0)), 4, 1)
    pulses = [time_s for time_s, data in call.messages if data == midi.CLOCK]
    assert pulses == pytest.approx([2.0 * n / 96 for n in range(8 * 96)])
    assert call.messages[0] == (0.0, midi.START)
    assert call.messages[-1][1] == midi.STOP
    assert call.length_s == pytest.approx(16.0)


def test_what_is_held_is_let_go_at_the_bar_line() -> None:
    held = ((0.0, midi.note_on(0, 60, 80)), (0.5, midi.sustain(0, 127)))
    ended = ((5.0, midi.note_off(0, 60)), (6.0, midi.sustain(0, 0)))
    part = Part("", (*held, *ended))
    call = trading.in_turns(Score((part,), (), bars(0.0, 2.0)), 2, 1)
    played = [message for message in call.messages if midi.is_performed(message[1])]
    assert [time_s for time_s, _ in played] == [0.0, 0.5, 4.0, 4.0]


def test_the_rag_is_traded_on_the_bar_line_in_every_turn(tmp_path: Path) -> None:
    traded = Programme("rag", "trade", seed=1)
    programme.play(traded, tmp_path / "jam", partial(simulated.jam, ScriptedEngine()))
    parts = smf.read(tmp_path / "jam.mid").parts
    turns = picture.turns([smf.notes(part.messages) for part in parts])
    turn_s = sum(bar.end_s - bar.start_s for bar in load_score("rag").bars[:4])
    assert [turn.part for turn in turns] == [0, 1] * 3
    for number, turn in enumerate(turns):
        assert turn.span.start_s == pytest.approx(number * turn_s, abs=CLOSE_S)
        assert turn.span.end_s <= (number + 1) * turn_s + CLOSE_S


def test_without_bars_there_are_calls() -> None:
    assert load_score("hymn").bars == ()
    settings = programme.configured(Programme("hymn", "trade"), load_score("hymn"), Path()).controls
    assert settings.sync == "heard"
    assert len(programme.called(load_score("hymn"), settings, 2)) == 2
