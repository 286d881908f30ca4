"""Loops of every sort, closed over a player, a stage and a machine that answers each note."""

import heapq
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon import messages, midi
from antiphon.daemon.messages import Heard, Schedule
from antiphon.daemon.session.feedback import SURE, SURE_LATE, Feedback, Loop
from antiphon.daemon.session.ledger import PLAYER
from antiphon.daemon.session.player import Player
from antiphon.daemon.session.stage import Stage
from tests.fakes import ManualClock, RecordingOutput


@dataclass
class Rig:
    """A player whose output may come back in, seconds later and semitones higher.

    It comes back on its own channel, or all of it on another.
    """

    delay_s: float = 0.005
    shift: int = 0
    channel: int | None = None
    thru: bool = True
    closed: bool = True
    answers: bool = False
    heard: list[bytes] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = ManualClock(100.0)
        self.output = RecordingOutput()
        self._coming: list[tuple[float, int, bytes]] = []
        self._seen = 0
        self._plan = 0
        self._waiting: list[Schedule] = []
        self.player = Player(
            Stage(thru=self.thru), self.output, self.clock, self._tell, self.troubles.append
        )

    def play(self, data: bytes) -> None:
        self.player.heard(data)
        self._cable()

    def note(self, key: int, velocity: int = 70, seconds: float = 0.2) -> None:
        self.play(midi.note_on(0, key, velocity))
        self.wait(seconds)
        self.play(midi.note_off(0, key))

    def wait(self, seconds: float) -> None:
        until = self.clock.now() + seconds
        while (now := self.clock.now()) < until:
            for plan in self._waiting:
                self.player.schedule(plan)
            self._waiting.clear()
            wait_s = self.player.play_due()
            self._cable()
            while self._coming and self._coming[0][0] <= now:
                self.play(heapq.heappop(self._coming)[2])
            comes_s = self._coming[0][0] - now if self._coming else seconds
            nothing_until_s = min(comes_s, seconds if wait_s is None else wait_s, until - now)
            self.clock.advance(0.0 if self._waiting else max(nothing_until_s, 1e-6))

    def sounding(self) -> set[int]:
        keys: set[int] = set()
        for data in self.output.sent:
            if midi.is_note_on(data):
                keys.add(midi.key(data))
            elif midi.is_note_off(data):
                keys.discard(midi.key(data))
        return keys

    def _cable(self) -> None:
        for data in self.output.sent[self._seen :]:
            self._seen += 1
            if self.closed and (moved := shifted(data, self.shift, self.channel)):
                when = self.clock.now() + self.delay_s
                heapq.heappush(self._coming, (when, self._seen, moved))

    def _tell(self, message: messages.ToPerformer) -> None:
        if not isinstance(message, Heard):
            return
        self.heard.append(message.data)
        if self.answers and midi.is_note_on(message.data):
            self._plan += 1
            now, key = message.time, 20 + (7 * self._plan) % 90
            on, off = midi.note_on(0, key, 50 + self._plan % 50), midi.note_off(0, key)
            timed = ((now + 0.3, on), (now + 0.5, off))
            self._waiting.append(Schedule(self._plan, message.seq, True, timed))


def shifted(data: bytes, shift: int, channel: int | None) -> bytes | None:
    if channel is not None and midi.is_channel_message(data):
        data = bytes((data[0] & 0xF0 | channel, *data[1:]))
    if not (midi.is_note_on(data) or midi.is_note_off(data)):
        return data
    key = midi.key(data) + shift
    return bytes((data[0], key, data[2])) if 0 <= key < 128 else None


PHRASE = ((60, 70), (62, 64), (64, 77), (65, 61), (67, 80), (60, 66), (62, 73), (59, 58))


def played(rig: Rig, times: int = 1) -> Rig:
    for _ in range(times):
        for key, velocity in PHRASE:
            rig.note(key, velocity)
    rig.wait(3.0)
    return rig


def strikes(messages_: list[bytes]) -> int:
    return sum(midi.is_note_on(data) for data in messages_)


loops = st.builds(
    Rig,
    delay_s=st.sampled_from([0.0, 0.001, 0.003, 0.012, 0.04, 0.1, 0.25, 0.6]),
    shift=st.sampled_from([0, 0, 1, -1, 7, 12, -12, 24]),
    channel=st.sampled_from([None, None, 3]),
    thru=st.booleans(),
    answers=st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(loops)
def test_no_loop_goes_round_for_ever(rig: Rig) -> None:
    played(rig, times=2)
    rig.wait(20.0)
    before = len(rig.output.sent)
    rig.wait(20.0)
    assert len(rig.output.sent) == before
    assert not rig.sounding()
    assert len(rig.troubles) <= 3


@settings(max_examples=40, deadline=None)
@given(loops)
def test_once_a_loop_is_known_only_the_player_is_heard(rig: Rig) -> None:
    played(rig, times=3)
    rig.wait(20.0)
    rig.heard.clear()
    played(rig)
    extra = strikes(rig.heard) - len(PHRASE)
    assert 0 <= extra <= (0 if rig.troubles else SURE_LATE)


@pytest.mark.parametrize(("delay_s", "shift"), [(0.004, 0), (0.004, 12), (0.3, 0), (0.2, -5)])
def test_a_loop_is_told_of_and_so_is_its_end(delay_s: float, shift: int) -> None:
    rig = played(Rig(delay_s, shift, answers=True), times=2)
    [closed] = rig.troubles
    assert f"comes back into the input, {delay_s * 1e3:.0f} ms later" in closed
    assert ("semitones" in closed) == bool(shift)
    rig.closed = False
    for key, velocity in PHRASE:
        rig.note(key, velocity)
    assert rig.troubles[1:] == ["the output comes back into the input no more"]
    rig.heard.clear()
    played(rig)
    assert strikes(rig.heard) == len(PHRASE)


def test_what_goes_round_besides_notes_ends_too() -> None:
    rig = Rig()
    for value in (10, 30, 20):
        rig.play(midi.control_change(0, 1, value))
        rig.wait(0.02)
    rig.play(midi.sustain(0, 127))
    rig.wait(1.0)
    rig.play(midi.sustain(0, 0))
    rig.wait(1.0)
    before = len(rig.output.sent)
    rig.wait(10.0)
    assert len(rig.output.sent) == before < 80
    assert rig.output.sent[-1] == midi.sustain(0, 0)


def test_a_chord_comes_back_as_one() -> None:
    rig = Rig()
    for _ in range(2):
        for key in (60, 64, 67, 72):
            rig.play(midi.note_on(0, key, 80))
        rig.wait(0.3)
        for key in (60, 64, 67, 72):
            rig.play(midi.note_off(0, key))
        rig.wait(0.3)
    assert 8 <= strikes(rig.heard) <= 8 + SURE
    assert not rig.sounding()


hands = st.lists(
    st.tuples(
        st.integers(30, 90),
        st.integers(1, 127),
        st.floats(0.07, 0.6),
        st.floats(0.01, 0.06),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(hands, st.booleans())
def test_a_hand_is_heard_whole(playing: list[tuple[int, int, float, float]], answers: bool) -> None:
    rig = Rig(closed=False, answers=answers)
    for key, velocity, gap_s, held_s in playing:
        rig.note(key, velocity, held_s)
        rig.wait(gap_s - held_s)
    assert strikes(rig.heard) == len(playing)
    assert not rig.troubles


@pytest.mark.parametrize("gap_s", [0.08, 0.125, 0.25, 0.5])
@pytest.mark.parametrize("step", [0, 1])
def test_a_sequencer_that_looks_like_a_loop_loses_a_note_at_most_now_and_then(
    gap_s: float, step: int
) -> None:
    rig = Rig(closed=False)
    notes = 60
    for index in range(notes):
        rig.note(40 + step * index, 70, gap_s / 2)
        rig.wait(gap_s / 2)
    assert strikes(rig.heard) >= notes - 1 - notes * gap_s // 20
    rig.wait(1.0)
    assert not rig.sounding()


@pytest.mark.parametrize("apart_s", [0.0, 0.0003, 0.001])
def test_a_keyboard_that_plays_on_all_channels_at_once_is_heard_whole(apart_s: float) -> None:
    rig = Rig(closed=False)
    played: list[bytes] = []
    for key, velocity in PHRASE * 3:
        for struck in (velocity, 0):
            # In octaves: the lower note is a copy of the upper one, as far as anybody can tell.
            for octave in (0, -12):
                for channel in range(16):
                    data = midi.note_on(channel, key + octave, struck)
                    rig.play(data)
                    played.append(data)
                    rig.wait(apart_s)
            rig.wait(0.1)
    assert rig.output.sent == played
    assert not rig.troubles


def test_a_key_let_go_and_struck_again_at_once_is_heard() -> None:
    rig = Rig(closed=False)
    on, off = midi.note_on(0, 60, 80), midi.note_off(0, 60)
    for data in (on, off, on):
        rig.play(data)
        rig.wait(0.01)
    assert rig.heard == [on, off, on]


def test_the_end_of_a_note_that_the_player_holds_is_never_ignored() -> None:
    feedback = Feedback()
    on, off = midi.note_on(0, 60, 70), midi.note_off(0, 60)
    for index in range(SURE):
        feedback.sent(on, 1.0 + index / 100, PLAYER)
        feedback.comes_back(off, 1.005 + index / 100)
        came_back = feedback.comes_back(on, 1.01 + index / 100)
    assert came_back
    assert not feedback.comes_back(on, 1.5)
    assert not feedback.comes_back(off, 1.51)
    assert feedback.comes_back(off, 1.6)
    assert not feedback.comes_back(off, 1.7)


def test_a_loop_is_told_in_words() -> None:
    assert Loop(0.0123, -12).in_words == "12 ms later, -12 semitones"
    assert Loop(0.3, 0).in_words == "300 ms later"
