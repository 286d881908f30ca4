"""Recorded playing and a musician with a scripted engine, without a clock."""

from itertools import count

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Schedule, Timed
from antiphon.export.jamming import Jam, as_played
from tests.daemon.jam import ScriptedEngine
from tests.export.judges import steady

TUNE = as_played(steady(0.25, 16, (60, 62, 64, 65)))


def check_all_end(sent: list[Timed]) -> None:
    struck = [midi.key(data) for _, data in sent if midi.is_note_on(data)]
    ended = [midi.key(data) for _, data in sent if midi.is_note_off(data)]
    assert struck
    assert sorted(struck) == sorted(ended)


def test_it_replies_after_the_call_and_every_note_ends() -> None:
    jam = Jam(ScriptedEngine(), Controls(), 1)
    jam.play(TUNE, 30.0)
    check_all_end(jam.sent)
    assert jam.sent[0][0] > TUNE[-1][0]
    assert [time for time, _ in jam.sent] == sorted(time for time, _ in jam.sent)


def test_it_plays_beside_the_player() -> None:
    jam = Jam(ScriptedEngine(), Controls(mode="together"), 1)
    jam.play(TUNE, 30.0)
    check_all_end(jam.sent)
    assert jam.sent[0][0] < TUNE[-1][0]


def test_it_stops_where_the_time_is_over() -> None:
    jam = Jam(ScriptedEngine(), Controls(mode="together"), 1)
    jam.play(TUNE, 2.0)
    assert jam.sent[-1][0] <= 2.0 + 0.01


def test_what_the_work_takes_is_by_the_clock_that_is_given() -> None:
    ticks = count()
    jam = Jam(ScriptedEngine(), Controls(), 1, lambda: next(ticks) * 0.05)
    jam.play(TUNE, 30.0)
    first_s = next(time for time, said in jam.said if isinstance(said, Schedule))
    # Each of the 32 messages takes 0.05 s to be taken in, and each step as long.
    assert first_s > TUNE[-1][0] + 0.3


def test_of_a_key_struck_again_at_its_end_the_ending_comes_first() -> None:
    notes = steady(0.25, 2, (60,))
    notes["offset"] = notes["onset"] + 0.25
    kinds = [midi.is_note_on(data) for _, data in as_played(notes)]
    assert kinds == [True, False, True, False]
