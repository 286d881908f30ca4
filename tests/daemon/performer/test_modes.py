from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.messages import Heard, Sent, ToPerformer
from antiphon.daemon.performer.character import position
from antiphon.daemon.performer.harmonise import REACH
from antiphon.daemon.performer.room import BACK_S
from antiphon.model.events import PLAYER, velocity_of
from tests.daemon.jam import Jam, check_all_notes_end, what_happened, who_and_kind


def jam_in(mode: str) -> Jam:
    jam = Jam()
    jam.set(mode=mode)
    # The voices of `harmonise` are made before they are needed.
    jam.wait(0.1)
    return jam


def machine_notes(jam: Jam) -> list[tuple[float, int]]:
    return [(time, midi.key(data)) for time, data in jam.machine() if midi.is_note_on(data)]


def test_going_on_lasts_until_the_player_comes_in() -> None:
    jam = jam_in("continue")
    jam.note(60)
    jam.wait(60.0)
    assert machine_notes(jam)[-1][0] > 59.0
    jam.note(62, seconds=0.1)
    jam.wait(0.1)
    assert machine_notes(jam)[-1][0] < 60.5
    jam.set(mode="silent")
    jam.wait(1.0)
    check_all_notes_end(jam)
    assert who_and_kind(jam) == what_happened(jam)


def test_together_plays_while_the_player_does() -> None:
    jam = jam_in("together")
    for key in range(60, 72):
        jam.note(key, seconds=0.5)
    times = [time for time, _ in machine_notes(jam)]
    assert len(times) > 5
    assert times[0] < 1.0
    jam.wait(20.0)
    check_all_notes_end(jam)
    assert who_and_kind(jam) == what_happened(jam)


def test_together_waits_where_the_player_is_likelier() -> None:
    jam = jam_in("together")
    jam.engine.next_who = PLAYER
    for key in range(60, 66):
        jam.note(key, seconds=0.5)
    assert not machine_notes(jam)
    jam.engine.next_who = None
    jam.wait(1.0)
    assert machine_notes(jam)


def test_together_leaves_the_room_to_a_player_who_needs_it() -> None:
    jam = jam_in("together")
    for index in range(40):
        jam.note(60 + index % 12, seconds=0.1)
    crowded_s = jam.now
    assert not [time for time, _ in machine_notes(jam) if time > crowded_s - 2.0]
    assert jam.stage.notes_held == 0
    for key in range(60, 72):
        jam.note(key, seconds=0.5)
    assert [time for time, _ in machine_notes(jam) if time > crowded_s]
    jam.wait(20.0)
    check_all_notes_end(jam)
    assert who_and_kind(jam) == what_happened(jam)


def test_together_comes_back_softly() -> None:
    jam = jam_in("together")
    jam.set(loudness=position("loudness", velocity_of(16)))
    for index in range(40):
        jam.note(60 + index % 12, seconds=0.1)
    biases = []
    for _ in range(12):
        jam.note(72, seconds=0.5)
        biases.append(float(jam.engine.queries[-1].touch[-1]))
    assert biases[0] < biases[3] < biases[-1] == pytest.approx(0.0, abs=0.5)


def test_together_ends_when_the_player_has_gone() -> None:
    jam = jam_in("together")
    jam.note(60)
    jam.wait(30.0)
    assert machine_notes(jam)[-1][0] < 8.0
    assert jam.musician.wake_s(jam.now) is None
    check_all_notes_end(jam)


def test_an_overtaken_plan_is_never_played() -> None:
    jam = jam_in("together")
    jam.engine.note_s = 0.3
    for key in range(60, 70):
        jam.note(key, seconds=0.1)
    assert not machine_notes(jam)


@dataclass
class Checked(Jam):
    """A jam in which no note of the machine's may sound that its player's latest is not behind."""

    struck: int = 0
    stale: int = 0

    def _tell(self, message: ToPerformer) -> None:
        match message:
            case Heard(data=data, seq=seq) if midi.is_note_on(data):
                self.struck = seq
            case Sent(planned=planned, data=data) if midi.is_note_on(data):
                known = [one.heard for one in self.plans if (planned, data) in one.messages]
                self.stale += max(known) < self.struck
        super()._tell(message)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(40, 80), st.floats(0.005, 0.3)), min_size=5, max_size=25),
    st.sampled_from([0.02, 0.03, 0.05, 0.1]),
)
def test_no_note_sounds_that_was_planned_before_the_players_latest(
    playing: list[tuple[int, float]], note_s: float
) -> None:
    jam = Checked()
    jam.engine.note_s = note_s
    jam.set(mode="together")
    for key, gap_s in playing:
        jam.play(midi.note_on(0, key, 70))
        jam.wait(gap_s)
        jam.play(midi.note_off(0, key))
    jam.wait(8.0)
    assert jam.stale == 0
    assert jam.stage.notes_held == 0
    assert who_and_kind(jam) == what_happened(jam)
    check_all_notes_end(jam)


def test_harmonise_adds_voices_at_once_and_lets_them_go_with_the_key() -> None:
    jam = jam_in("harmonise")
    jam.play(midi.note_on(0, 60, 64))
    assert len(machine_notes(jam)) == 2
    jam.wait(1.0)
    assert jam.stage.notes_held == 3
    jam.play(midi.note_off(0, 60))
    assert jam.stage.notes_held == 0
    jam.wait(0.01)
    assert who_and_kind(jam) == what_happened(jam)


def test_every_key_has_voices_near_it() -> None:
    jam = jam_in("harmonise")
    for key in (24, 61, 104):
        before = len(machine_notes(jam))
        jam.note(key, seconds=0.05)
        jam.wait(0.05)
        voices = {voice for _, voice in machine_notes(jam)[before:]}
        assert len(voices) == 2
        assert all(0 < abs(voice - key) <= REACH for voice in voices)


def test_voices_go_by_what_was_played_last() -> None:
    jam = jam_in("harmonise")
    heard = []
    for _ in range(3):
        before = len(machine_notes(jam))
        jam.note(60, seconds=0.05)
        jam.wait(0.05)
        heard.append({voice for _, voice in machine_notes(jam)[before:]})
    assert heard[0] != heard[1] != heard[2]


def voices_of(jam: Jam, key: int, seconds: float) -> int:
    """How many voices a key gets that is struck now and let go after so long."""
    before = len(machine_notes(jam))
    jam.note(key, seconds)
    return len(machine_notes(jam)) - before


def test_voices_leave_who_plays_densely_alone_and_come_back_with_the_room() -> None:
    jam = jam_in("harmonise")
    jam.set(voices=1.0)
    jam.wait(0.1)
    assert voices_of(jam, 60, 0.1) == 4
    dense = [voices_of(jam, 60 + count % 12, 0.1) for count in range(30)]
    assert dense == sorted(dense, reverse=True)
    assert dense[-10:] == [0] * 10
    assert voices_of(jam, 30, 0.1) == 0
    jam.wait(1.5)
    assert voices_of(jam, 60, 0.4) == 0
    assert 0 < voices_of(jam, 62, 0.1) < 4
    jam.wait(BACK_S)
    assert voices_of(jam, 90, 0.1) == 4
    jam.wait(0.1)
    assert who_and_kind(jam) == what_happened(jam)
    check_all_notes_end(jam)


def test_a_reply_after_one_that_was_cut_off_begins_softly() -> None:
    def loudest_costs(jam: Jam) -> list[float]:
        costs = [float(query.touch[0] - query.touch[-1]) for query in jam.engine.queries]
        jam.engine.queries.clear()
        return costs

    jam = jam_in("reply")
    jam.set(takes=1, loudness=0.5)
    jam.note(60)
    jam.wait(1.6)
    assert machine_notes(jam)
    usual = max(loudest_costs(jam))
    jam.note(64)
    jam.wait(6.0)
    shy = loudest_costs(jam)
    assert max(shy) > usual + 3.0
    assert shy[-1] < usual + 1.0
    for key in (60, 62):
        jam.note(key)
    jam.wait(4.0)
    assert max(loudest_costs(jam)) < usual + 1.0


def test_after_a_rest_there_is_nothing_more_to_make() -> None:
    jam = jam_in("harmonise")
    jam.note(60)
    jam.wait(0.2)
    assert jam.musician.wake_s(jam.now) is None


def test_no_voice_is_below_the_lowest_key_nor_one_that_is_held() -> None:
    jam = jam_in("harmonise")
    jam.set(lowest_key=62, highest_key=66, voices=1.0)
    jam.wait(0.1)
    jam.play(midi.note_on(0, 64, 64))
    jam.wait(0.1)
    jam.note(63)
    voices = [voice for _, voice in machine_notes(jam)]
    assert voices
    assert set(voices) <= {62, 63, 65, 66}
    jam.play(midi.note_off(0, 64))
    check_all_notes_end(jam)


@pytest.mark.parametrize(("voices", "number"), [(0.0, 1), (0.34, 2), (1.0, 4)])
def test_the_number_of_voices_can_be_set(voices: float, number: int) -> None:
    jam = jam_in("harmonise")
    jam.set(voices=voices)
    jam.wait(0.1)
    jam.play(midi.note_on(0, 60, 64))
    assert len(machine_notes(jam)) == number


def test_leaving_a_mode_leaves_nothing_sounding() -> None:
    for mode in ("reply", "continue", "together", "harmonise"):
        jam = jam_in(mode)
        jam.note(60)
        jam.play(midi.note_on(0, 64, 64))
        jam.wait(3.0)
        jam.set(mode="silent")
        jam.play(midi.note_off(0, 64))
        jam.wait(1.0)
        check_all_notes_end(jam)


def test_a_hard_scale_lock_keeps_to_the_key() -> None:
    jam = jam_in("continue")
    jam.set(scale_lock="hard")
    for key in (60, 64, 67, 65, 62, 59, 60, 67, 64, 60):
        jam.note(key)
    jam.wait(20.0)
    notes = machine_notes(jam)
    assert len(notes) > 10
    assert {key % 12 for _, key in notes} <= {0, 2, 4, 5, 7, 9, 11}


modes = st.sampled_from(["reply", "continue", "together", "harmonise", "silent"])
moves = st.one_of(
    st.tuples(st.just("on"), st.integers(58, 61)),
    st.tuples(st.just("off"), st.integers(58, 61)),
    st.tuples(st.just("mode"), modes),
    st.tuples(st.just("wait"), st.sampled_from([5, 30, 200, 900, 2500])),
)


@settings(max_examples=60, deadline=None)
@given(modes, st.lists(moves, max_size=20))
def test_whatever_the_mode_the_context_is_what_sounded(
    mode: str, played: list[tuple[str, int | str]]
) -> None:
    jam = jam_in(mode)
    down: set[int] = set()
    for move, value in played:
        if move == "mode":
            jam.set(mode=value)
        elif isinstance(value, str):
            continue
        elif move == "on" and value not in down:
            down.add(value)
            jam.play(midi.note_on(0, value, 64))
        elif move == "off" and value in down:
            down.discard(value)
            jam.play(midi.note_off(0, value))
        elif move == "wait":
            jam.wait(value / 1000)
    for key in down:
        jam.play(midi.note_off(0, key))
    jam.wait(1.0)
    jam.set(mode="silent")
    jam.wait(4.0)
    assert who_and_kind(jam) == what_happened(jam)
    check_all_notes_end(jam)
    assert jam.stage.notes_held == 0


def test_voices_end_on_the_channel_where_they_began() -> None:
    jam = jam_in("harmonise")
    jam.play(midi.note_on(3, 60, 64))
    jam.wait(0.01)
    assert machine_notes(jam)
    jam.set(channel=7)
    jam.play(midi.note_off(3, 60))
    jam.wait(0.01)
    check_all_notes_end(jam)
