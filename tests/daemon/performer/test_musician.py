import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.messages import EARLIER, Ask, Beat, Heard, Sent, State
from antiphon.daemon.performer.drawing import NEVER
from antiphon.daemon.performer.query import Answer, Query
from antiphon.model.events import MACHINE, NOTE_OFF, PLAYER
from tests.daemon.jam import (
    TICK_S,
    Jam,
    ScriptedEngine,
    check_all_notes_end,
    what_happened,
    who_and_kind,
)


def called(notes: int = 5) -> Jam:
    jam = Jam()
    for key in range(60, 60 + notes):
        jam.note(key)
    return jam


class Grasping(ScriptedEngine):
    """Strikes new keys as long as it may."""

    def drawn(self, query: Query, count: int) -> Answer:
        if query.kind[:NOTE_OFF].max() > NEVER / 2:
            query.kind[NOTE_OFF:] = NEVER
        return super().drawn(query, count)


def test_a_call_is_answered_after_a_pause() -> None:
    jam = called()
    ended_s = jam.now
    jam.wait(6.0)
    first_s, first = jam.machine()[0]
    assert midi.is_note_on(first)
    assert 0.25 < first_s - ended_s < 1.6
    assert sum(midi.is_note_on(data) for _, data in jam.machine()) >= 3
    check_all_notes_end(jam)


def test_a_reply_is_about_as_long_as_the_call() -> None:
    lengths_s = []
    for notes in (5, 20):
        jam = called(notes)
        jam.wait(12.0)
        times = [time for time, _ in jam.machine()]
        lengths_s.append(times[-1] - times[0])
    assert 1.0 <= lengths_s[0] < 2.0
    assert 4.0 <= lengths_s[1] < 6.5


def test_one_call_gets_one_reply() -> None:
    jam = called()
    jam.wait(20.0)
    assert len({plan.plan for plan in jam.plans}) == 1


def test_the_reply_is_ready_before_the_turn_ends() -> None:
    jam = called()
    jam.wait(6.0)
    first = jam.plans[0]
    assert len(first.messages) >= 2
    assert jam.handed_over_s[0] < first.messages[0][0]


@pytest.mark.parametrize("eagerness", [0.0, 0.3, 0.7, 1.0])
def test_the_reply_keeps_to_the_end_of_the_turn(eagerness: float) -> None:
    jam = Jam()
    jam.set(eagerness=eagerness)
    for key in range(60, 65):
        jam.note(key)
    jam.wait(0.01)
    [state] = jam.musician.take(Ask(jam.now), jam.now)
    assert isinstance(state, State)
    waits_s = state.values["turn_ends_in_s"]
    assert isinstance(waits_s, float)
    ends_s = jam.now + waits_s
    jam.wait(4.0)
    first_s = jam.machine()[0][0]
    assert ends_s - TICK_S <= first_s < ends_s + 0.5


def test_an_eager_machine_answers_sooner() -> None:
    first_s = []
    for eagerness in (0.0, 0.5, 1.0):
        jam = Jam()
        jam.set(eagerness=eagerness)
        for key in range(60, 65):
            jam.note(key)
        jam.wait(4.0)
        first_s.append(jam.machine()[0][0])
    assert first_s[0] > first_s[1] > first_s[2]


def test_each_event_is_one_run_and_a_chord_that_came_together_too() -> None:
    jam = Jam()
    for key in (60, 64, 67):
        jam.play(midi.note_on(0, key, 64))
    jam.musician.work(jam.now)
    assert jam.engine.runs == [3]


def test_a_note_of_the_players_withdraws_the_reply() -> None:
    jam = called()
    jam.wait(1.4)
    assert jam.machine()
    jam.note(72)
    after = [data for time, data in jam.machine() if time >= jam.now - 0.2]
    assert not any(midi.is_note_on(data) for data in after)
    jam.wait(0.2)
    assert who_and_kind(jam)[: len(jam.happened)] == what_happened(jam)


def test_all_notes_off_lets_go_what_the_player_holds() -> None:
    jam = Jam()
    for key in (60, 64, 67):
        jam.play(midi.note_on(0, key, 64))
    jam.wait(0.5)
    jam.play(midi.control_change(0, midi.ALL_NOTES_OFF, 0))
    for key in (60, 64, 67):
        jam.play(midi.note_off(0, key))
    jam.wait(0.1)
    heard = [kind for who, kind in who_and_kind(jam) if who == PLAYER]
    assert heard == [60, 64, 67, *(NOTE_OFF + key for key in (60, 64, 67))]
    jam.wait(5.0)
    assert jam.machine()
    check_all_notes_end(jam)


def test_a_late_release_leaves_the_reply_alone() -> None:
    jam = called(notes=10)
    jam.play(midi.note_on(0, 40, 64))
    jam.wait(3.0)
    assert jam.machine()
    played = len(jam.machine())
    jam.play(midi.note_off(0, 40))
    jam.wait(6.0)
    assert len(jam.machine()) > played + 2
    assert who_and_kind(jam) == what_happened(jam)
    check_all_notes_end(jam)


def test_the_reply_uses_the_players_channel_unless_told() -> None:
    jam = Jam()
    jam.play(midi.note_on(5, 60, 64))
    jam.wait(0.2)
    jam.play(midi.note_off(5, 60))
    jam.wait(4.0)
    assert {midi.channel(data) for _, data in jam.machine()} == {5}
    jam.set(channel=2)
    jam.note(60)
    before = len(jam.machine())
    jam.wait(4.0)
    assert {midi.channel(data) for _, data in jam.machine()[before:]} == {1}


def test_the_reply_stays_between_the_keys_it_may_use() -> None:
    jam = Jam()
    jam.set(lowest_key=70, highest_key=73)
    jam.note(60)
    jam.wait(5.0)
    keys = {midi.key(data) for _, data in jam.machine() if not midi.is_sustain(data)}
    assert keys <= {70, 71, 72, 73}


@pytest.mark.parametrize("mode", ["continue", "together", "harmonise"])
def test_no_more_keys_are_held_at_once_than_it_may(mode: str) -> None:
    jam = Jam(engine=Grasping())
    jam.set(mode=mode, polyphony=3, voices=1.0)
    jam.wait(0.2)
    for key in range(60, 66):
        jam.note(key, 0.5)
    jam.wait(4.0)
    held, most = set[int](), 0
    for _, data in jam.machine():
        (held.add if midi.is_note_on(data) else held.discard)(midi.key(data))
        most = max(most, len(held))
    assert most == 3


def test_a_silent_machine_listens_only() -> None:
    jam = Jam()
    jam.set(mode="silent")
    jam.note(60)
    jam.wait(5.0)
    assert not jam.plans
    assert who_and_kind(jam) == what_happened(jam)


@pytest.mark.parametrize("mode", ["reply", "together"])
def test_a_slow_output_is_played_on_in_time(mode: str) -> None:
    jam = Jam(latency_s=0.1)
    jam.set(mode=mode)
    for key in range(60, 65):
        jam.note(key)
    jam.wait(12.0)
    planned = {time: data for plan in jam.plans for time, data in plan.messages}
    assert len(planned) > 4
    sent_s = [time for time, _ in jam.machine()]
    late_s = [sent - (time - 0.1) for sent, time in zip(sent_s, sorted(planned), strict=False)]
    assert max(late_s) <= TICK_S + 1e-6
    assert who_and_kind(jam)[: len(jam.happened)] == what_happened(jam)
    check_all_notes_end(jam)


def test_a_control_changed_in_a_pause_begins_a_new_draft() -> None:
    jam = called()
    jam.wait(0.1)
    runs = len(jam.engine.runs)
    jam.set(density=1.0)
    jam.wait(0.05)
    assert len(jam.engine.runs) > runs
    jam.wait(5.0)
    assert jam.machine()
    assert who_and_kind(jam) == what_happened(jam)


def test_what_an_earlier_performer_played_is_context_and_no_call() -> None:
    jam = Jam()
    jam.now = 1000.0
    for index in range(4):
        jam.musician.take(Heard(index + 1, 900.0 + index, midi.note_on(0, 60 + index, 64)), 1000.0)
        jam.musician.take(Heard(index + 5, 900.5 + index, midi.note_off(0, 60 + index)), 1000.0)
    jam.musician.take(Sent(EARLIER, 905.0, 905.0, midi.note_on(0, 50, 64)), 1000.0)
    jam.musician.take(Sent(EARLIER, 905.5, 905.5, midi.note_off(0, 50)), 1000.0)
    jam.wait(5.0)
    assert not jam.plans
    assert len(jam.engine.history) == 10


def test_an_old_call_is_not_answered_after_a_restart() -> None:
    jam = Jam()
    jam.now = 1000.0
    jam.musician.take(Heard(1, 900.0, midi.note_on(0, 60, 64)), 1000.0)
    jam.musician.take(Heard(2, 900.5, midi.note_off(0, 60)), 1000.0)
    jam.wait(5.0)
    assert not jam.plans


def test_nothing_to_do_means_no_waking() -> None:
    jam = Jam()
    assert jam.musician.wake_s(0.0) is None
    jam.note(60)
    jam.wait(8.0)
    assert jam.musician.wake_s(jam.now) is None


@pytest.mark.parametrize(("pause_s", "turn"), [(0.0, "player"), (1.5, "machine"), (9.0, "idle")])
def test_the_state_says_whose_turn_it_is(pause_s: float, turn: str) -> None:
    jam = called()
    jam.wait(pause_s)
    [state] = jam.musician.take(Ask(jam.now), jam.now)
    assert isinstance(state, State)
    assert state.turn == turn


def test_a_change_of_turn_is_told_when_it_happens() -> None:
    jam = called()
    jam.wait(6.0)
    turns = [state.turn for _, state in jam.states]
    assert [t for t, before in zip(turns, ["", *turns], strict=False) if t != before] == [
        *("player", "machine", "idle")
    ]


def test_the_end_of_the_turn_is_told_with_each_note_that_moves_it() -> None:
    jam = called()
    jam.wait(0.1)
    told_s, state = jam.states[-1]
    ends_in_s = state.values["turn_ends_in_s"]
    assert isinstance(ends_in_s, float)
    jam.wait(4.0)
    began_s = next(time for time, state in jam.states if state.turn == "machine")
    assert began_s == pytest.approx(told_s + ends_in_s, abs=0.05)


moves = st.one_of(
    st.tuples(st.just("on"), st.integers(55, 62)),
    st.tuples(st.just("off"), st.integers(55, 62)),
    st.tuples(st.just("pedal"), st.sampled_from([0, 127])),
    st.tuples(st.just("wait"), st.sampled_from([5, 30, 200, 900, 2500])),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(moves, max_size=25), st.sampled_from([1, 4]))
def test_the_context_holds_what_really_sounded(played: list[tuple[str, int]], takes: int) -> None:
    jam = Jam()
    jam.set(takes=takes)
    down: set[int] = set()
    pedal = 0
    for move, value in played:
        if move == "on" and value not in down:
            down.add(value)
            jam.play(midi.note_on(0, value, 64))
        elif move == "off" and value in down:
            down.discard(value)
            jam.play(midi.note_off(0, value))
        elif move == "pedal" and value != pedal:
            pedal = value
            jam.play(midi.sustain(0, value))
        elif move == "wait":
            jam.wait(value / 1000)
    for key in down:
        jam.play(midi.note_off(0, key))
    jam.wait(12.0)
    assert who_and_kind(jam) == what_happened(jam)
    check_all_notes_end(jam)
    assert jam.stage.notes_held == 0
    assert {who for who, _ in who_and_kind(jam)} <= {PLAYER, MACHINE}


def test_the_beat_that_is_heard_is_told_where_others_go_by_it() -> None:
    jam = Jam()

    def asked() -> list[Beat]:
        answers = jam.musician.take(Ask(jam.now), jam.now)
        return [answer for answer in answers if isinstance(answer, Beat)]

    for key in (60, 64, 67, 72) * 4:
        jam.note(key, 0.5)
    assert asked() == []
    jam.set(clock_out="on")
    (beat,) = asked()
    assert beat.source == "heard"
    assert beat.period > 0
    assert asked() == []
    jam.wait(90.0)
    assert asked() == [Beat("heard", 0.0, 0.0, 0.0)]
