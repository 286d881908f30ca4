"""Hands, files and faulty keyboards: more than anybody plays, and what is never let go."""

import random
from pathlib import Path

from antiphon.daemon import midi
from antiphon.daemon.bench.jackd import Server
from antiphon.daemon.demo.programme import load_calls
from antiphon.daemon.messages import Timed
from antiphon.daemon.performer.stuck import DRONE_S, LONG_S
from tests.torture.playing import ANSWERS_S, CLOCK, PAUSE, Room, room
from tests.torture.stand import Tally

THOUSAND, FLOOD_S = 1000, 3.0
STEMMED_S = 1.0
"""So soon after its beginning the machine is silent in a flood."""
CHANNELS, A_SECOND = 16, 20
LOW = 36
FLOODED = "notes a second come in"


def thousand(_: Server, folder: Path, rounds: int) -> Tally:
    """A thousand notes a second for 3 s: it is silent, says why, and answers what comes next."""
    tally, dice = Tally(), random.Random(1)  # noqa: S311 (no secret)
    with room(folder) as it:
        for _round in range(rounds):
            began = CLOCK.now()
            _pour(it, STEMMED_S, dice)
            it.says(FLOODED)
            _pour(it, FLOOD_S - STEMMED_S, dice)
            if it.strikes(began + STEMMED_S, CLOCK.now()):
                it.failures.append("it played in the flood")
            it.says(FLOODED, tells=False)
            it.count(tally)
    return tally


def _pour(it: Room, seconds: float, dice: random.Random) -> None:
    played: list[Timed] = []
    deck: list[int] = []
    for at in range(round(THOUSAND * seconds)):
        # Seventy keys in turn, shuffled anew: 64 strokes of one at 22 a second, or a pattern that
        # comes back in exact time, may be a circle's.
        deck = deck or dice.sample(range(LOW, LOW + 70), 70)
        key = deck.pop()
        played.append((at / THOUSAND, midi.note_on(0, key, dice.randrange(40, 100))))
        played.append(((at + 0.5) / THOUSAND, midi.note_off(0, key)))
    it.play(played)


def tenfold(_: Server, folder: Path, rounds: int) -> Tally:
    """A MIDI file of calls routed in at ten times its speed."""
    tally, told = Tally(), 0
    calls = [call.messages for name in ("rag", "march", "waltz") for call in load_calls(name)]
    with room(folder) as it:
        for number in range(rounds):
            begin_s, played = 0.0, []
            for call in calls:
                played += [(begin_s + time_s / 10, data) for time_s, data in call]
                begin_s = played[-1][0] + 0.05
            it.play(played)
            told += any("a second" in line for line in it.daemon.status()["problems"])
            it.says(FLOODED, tells=False)
            it.count(tally)
            if not number:
                strikes = sum(midi.is_note_on(data) for _, data in played)
                tally.notes.append(f"{strikes / played[-1][0]:.0f} notes a second")
    tally.notes.append(f"taken for a flood {told} times")
    return tally


def all_channels(_: Server, folder: Path, rounds: int) -> Tally:
    """Twenty notes a second on all sixteen channels at once, the machine's own among them."""
    tally, dice = Tally(), random.Random(2)  # noqa: S311 (no secret)
    with room(folder) as it:
        for _round in range(rounds):
            played = []
            for at in range(round(FLOOD_S * A_SECOND)):
                place = dice.randrange(CHANNELS), dice.randrange(36, 96)
                played.append((at / A_SECOND, midi.note_on(*place, 70)))
                played.append((at / A_SECOND + 0.15, midi.note_off(*place)))
            it.play(sorted(played, key=lambda item: item[0]))
            # What is then played is a phrase of its own.
            PAUSE.wait(2.0)
            it.count(tally)
    return tally


def stuck_key(_: Server, folder: Path, rounds: int) -> Tally:
    """A key is struck and not let go for a minute, while calls are played beside it."""
    down, up = midi.note_on(0, LOW, 60), midi.note_off(0, LOW)
    return _stuck(folder, rounds, (down, up), f"key {LOW} held")


def stuck_pedal(_: Server, folder: Path, rounds: int) -> Tally:
    """The pedal goes down and is not let go for a minute."""
    return _stuck(folder, rounds, (midi.sustain(0, 127), midi.sustain(0, 0)), "the pedal held")


def _stuck(folder: Path, rounds: int, ways: tuple[bytes, bytes], words: str) -> Tally:
    tally = Tally()
    with room(folder) as it:
        for _round in range(rounds):
            began = CLOCK.now()
            it.feed(ways[0])
            PAUSE.wait(DRONE_S)
            _is_answered(it)
            PAUSE.wait(max(0.0, began + LONG_S - CLOCK.now()))
            it.says(words)
            _is_answered(it)
            it.feed(ways[1])
            it.says(words, tells=False)
            PAUSE.wait(2.0)
            it.count(tally)
    return tally


def _is_answered(it: Room) -> None:
    if it.call() is None:
        it.failures.append(f"no reply within {ANSWERS_S:g} s beside what is stuck")
    PAUSE.wait(2.0)
