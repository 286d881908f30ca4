"""A player and a musician with a scripted engine, without a clock."""

from itertools import count

import pytest

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Heard, Schedule, Sent, Timed
from antiphon.daemon.session.jamming import Jam
from tests.daemon.jam import ScriptedEngine

TUNE = [
    message
    for index, key in enumerate((60, 62, 64, 65) * 4)
    for message in (
        (0.25 * index, midi.note_on(0, key, 70)),
        (0.25 * index + 0.2, midi.note_off(0, key)),
    )
]


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


def test_bars_are_traded_by_a_clock() -> None:
    beat_s = 0.5
    pulses = [(beat_s * n / 24, midi.CLOCK) for n in range(24 * 8)]
    tune = [message for message in TUNE if message[0] < 4 * beat_s]
    played = sorted([(0.0, midi.START), *pulses, *tune], key=lambda message: message[0])
    jam = Jam(ScriptedEngine(), Controls(mode="trade", sync="midi", trade_bars=1), 1)
    jam.play(played, 8 * beat_s)
    assert jam.sent[0][0] == pytest.approx(4 * beat_s, abs=0.002)


def test_what_is_held_ends_with_the_jam() -> None:
    jam = Jam(ScriptedEngine(), Controls(mode="together"), 1)
    jam.play(TUNE, 2.5)
    jam.finish()
    check_all_end(jam.sent)
    assert not jam.waiting


def test_what_the_musician_is_told_is_what_both_played() -> None:
    jam = Jam(ScriptedEngine(), Controls(), 1, thru=True)
    jam.play(TUNE, 30.0)
    heard = [(message.time, message.data) for message in jam.told if isinstance(message, Heard)]
    sent = [message.data for message in jam.told if isinstance(message, Sent)]
    assert heard == TUNE
    assert len(jam.sent) == len(heard) + len(sent)
