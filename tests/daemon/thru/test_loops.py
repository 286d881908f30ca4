"""Loops are recognised with nothing of the player's touched; who only plays is never one."""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.midi import note_off, note_on
from antiphon.daemon.thru.loops import ENOUGH, GONE, TOO_MANY, LoopDetector

Timed = tuple[float, bytes]


class Circle:
    """Thru with a loop behind it: what goes out comes in again so much later, changed."""

    def __init__(
        self,
        delay_s: float,
        change: Callable[[bytes], bytes] = lambda data: data,
        late_s: float = 0,
    ) -> None:
        self.loops = LoopDetector()
        self.words: list[str] = []
        self.ignored = 0
        self.out: list[Timed] = []
        self._delay_s, self._late_s = delay_s, late_s
        self._change = change
        self._dice = random.Random(1)  # noqa: S311 (no secret)
        self._coming: list[tuple[float, int, bytes]] = []
        self._count = itertools.count()
        self.is_closed = True

    def run(self, plays: list[tuple[float, bytes, bool]], until_s: float) -> None:
        """Play these, each the player's or the machine's, and let go round what does."""
        for time_s, data, is_own in sorted(plays, key=lambda play: play[0]):
            self._come(time_s)
            if is_own:
                self._send(data, time_s, is_own=True)
            else:
                self._receive(data, time_s)
        self._come(until_s)

    def _come(self, until_s: float) -> None:
        while self._coming and self._coming[0][0] <= until_s:
            time_s, _, data = heapq.heappop(self._coming)
            self._receive(data, time_s)

    def _receive(self, data: bytes, now: float) -> None:
        if self.loops.are_known and self.loops.is_echo(data, now):
            self.ignored += 1
            return
        self._send(data, now, is_own=False)
        self.words += [problem.text for problem in self.loops.receive(data, now)]

    def _send(self, data: bytes, now: float, *, is_own: bool) -> None:
        self.loops.send(data, now, is_own=is_own)
        self.out.append((now, data))
        if self.is_closed:
            late_s = self._delay_s + self._dice.uniform(0.0, self._late_s)
            entry = (now + late_s, next(self._count), self._change(data))
            if entry[2][1] in midi.KEYS:
                heapq.heappush(self._coming, entry)


def phrase(
    start_s: float, count: int, is_own: bool, seed: int = 1
) -> list[tuple[float, bytes, bool]]:
    """Notes as somebody plays them, one after the other."""
    dice, time_s = random.Random(seed), start_s  # noqa: S311 (no secret)
    plays: list[tuple[float, bytes, bool]] = []
    for _ in range(count):
        key = dice.randrange(40, 80)
        plays.append((time_s, note_on(0, key, dice.randrange(40, 110)), is_own))
        time_s += dice.uniform(0.08, 0.3)
        plays.append((time_s - 0.02, note_off(0, key), is_own))
    return plays


def up_a_tone(data: bytes) -> bytes:
    return bytes((data[0], data[1] + 2, data[2]))


@pytest.mark.parametrize("delay_s", [0.0, 0.002, 0.01, 0.05, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("change", [lambda data: data, up_a_tone])
def test_the_machines_notes_that_come_back_are_a_loop(
    delay_s: float, change: Callable[[bytes], bytes]
) -> None:
    circle = Circle(delay_s, change, late_s=0.005)
    circle.run(phrase(0.0, 3 * ENOUGH, is_own=True), 3 * ENOUGH * 0.3 + 5 * delay_s + 1.0)
    assert len(circle.words) == 1
    assert "comes back into the input" in circle.words[0]
    assert circle.ignored
    # From then on nothing of it goes round.
    before = len(circle.out)
    circle.run(phrase(20.0, 10, is_own=False, seed=2), 30.0)
    assert len(circle.out) <= before + 20


def test_a_connection_of_output_and_input_is_a_loop_until_it_is_undone() -> None:
    circle = Circle(0.003)
    told = [problem.text for problem in circle.loops.wire(is_there=True, now=0.0)]
    assert "by a connection" in told[0]
    circle.run(phrase(1.0, 5, is_own=False), 10.0)
    assert len(circle.out) == 10
    assert circle.ignored == 10
    assert [problem.text for problem in circle.loops.wire(is_there=False, now=10.0)] == [""]


def test_what_goes_round_faster_than_anybody_plays_is_a_loop() -> None:
    circle = Circle(0.005)
    circle.run([(0.0, note_on(0, 60, 80), False), (0.001, note_off(0, 60), False)], 5.0)
    assert len(circle.words) == 1
    assert len(circle.out) <= 2 * TOO_MANY + 4


def test_a_loop_that_brings_nothing_more_is_over() -> None:
    circle = Circle(0.05)
    circle.run(phrase(0.0, 2 * ENOUGH, is_own=True), 10.0)
    circle.is_closed = False
    circle.run(phrase(20.0, GONE + 2, is_own=False), 30.0)
    assert circle.loops.news(40.0) == []
    assert circle.words[-1] == ""
    before = len(circle.out)
    circle.run(phrase(50.0, 10, is_own=False), 60.0)
    assert len(circle.out) == before + 20


def test_what_the_player_plays_beside_a_loop_goes_through() -> None:
    circle = Circle(0.1)
    circle.run(phrase(0.0, 2 * ENOUGH, is_own=True), 10.0)
    played = phrase(20.0, 20, is_own=False, seed=3)
    circle.run(played, 30.0)
    assert [data for time_s, data in circle.out if time_s >= 20.0] == [
        data for _, data, _ in played
    ]


def arpeggio(every_s: float) -> Iterator[Timed]:
    for number in range(400):
        key = (60, 64, 67, 72)[number % 4]
        yield number * every_s, note_on(0, key, 70)
        yield (number + 0.5) * every_s, note_off(0, key)


def metronome(every_s: float) -> Iterator[Timed]:
    for number in range(400):
        yield number * every_s, note_on(0, 60, 70)
        yield (number + 0.5) * every_s, note_off(0, 60)


def scale_in_layers(every_s: float) -> Iterator[Timed]:
    for number in range(400):
        for channel in range(3):
            later_s = channel * 0.0005
            key = 48 + number % 24
            yield number * every_s + later_s, note_on(channel, key, 70)
            yield (number + 0.5) * every_s + later_s, note_off(channel, key)


@pytest.mark.parametrize("every_s", [0.05, 0.125, 0.5])
@pytest.mark.parametrize("playing", [arpeggio, metronome, scale_in_layers])
def test_nobody_who_plays_is_taken_for_a_loop(
    playing: Callable[[float], Iterator[Timed]], every_s: float
) -> None:
    circle = Circle(0.0)
    circle.is_closed = False
    plays = [(time_s, data, False) for time_s, data in playing(every_s)]
    plays += phrase(3.0, 200, is_own=True)
    circle.run(plays, 1000.0)
    assert circle.words == []
    assert circle.ignored == 0


@given(
    st.lists(st.tuples(st.integers(60, 67), st.booleans()), min_size=1, max_size=60),
    st.sampled_from([0.03, 0.1, 0.25]),
    st.integers(0, 12),
)
def test_a_sequencer_beside_voices_a_third_higher_is_no_loop(
    steps: list[tuple[int, bool]], every_s: float, third: int
) -> None:
    circle = Circle(0.0)
    circle.is_closed = False
    plays: list[tuple[float, bytes, bool]] = []
    for number, (key, is_voiced) in enumerate(steps * 3):
        plays.append((number * every_s, note_on(0, key, 70), False))
        if is_voiced:
            plays.append((number * every_s + 0.0005, note_on(1, key + third, 64), True))
    circle.run(plays, 1000.0)
    assert circle.words == []
