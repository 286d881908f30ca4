from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Cancel, Heard, Schedule, Sent, Voices, Withdrawn
from antiphon.daemon.midi import control_change, note_off, note_on, sustain
from antiphon.daemon.session.ledger import PLAYER
from antiphon.daemon.session.outcome import Outcome
from antiphon.daemon.session.stage import FARTHEST_S, Stage

ON, OFF = note_on(0, 60, 80), note_off(0, 60)
OTHER_ON, OTHER_OFF = note_on(0, 64, 80), note_off(0, 64)
DOWN, UP = sustain(0, 127), sustain(0, 0)


def plan(*messages: tuple[float, bytes], number: int = 1, heard: int = 0) -> Schedule:
    return Schedule(number, heard, True, messages)


def steady(*messages: tuple[float, bytes], number: int = 1) -> Schedule:
    return Schedule(number, 0, False, messages)


def hear(stage: Stage, data: bytes, now: float) -> Outcome:
    thru, rest = stage.thru(data, now), stage.heard(data, now)
    return Outcome(thru.send + rest.send, thru.tell + rest.tell)


def sent(outcome: Outcome) -> list[bytes]:
    return [emission.data for emission in outcome.send]


def test_what_the_player_plays_goes_thru_and_is_told() -> None:
    stage = Stage(thru=True)
    outcome = hear(stage, ON, 1.0)
    assert sent(outcome) == [ON]
    assert outcome.tell == [Heard(1, 1.0, ON)]
    assert hear(stage, OFF, 2.0).tell == [Heard(2, 2.0, OFF)]


@pytest.mark.parametrize(
    "data",
    [b"\xf8", b"\xf0\x7e\x01\xf7", b"\xe0\x00\x40", b"\xb0\x07\x64", b"\xd0\x10", b"\xfe"],
)
def test_other_messages_go_thru_and_are_not_told(data: bytes) -> None:
    outcome = hear(Stage(thru=True), data, 1.0)
    assert (sent(outcome), outcome.tell) == ([data], [])


def test_without_thru_the_player_is_only_told_of() -> None:
    stage = Stage(thru=False)
    outcome = hear(stage, ON, 1.0)
    assert (sent(outcome), outcome.tell) == ([], [Heard(1, 1.0, ON)])
    assert (stage.notes_held, sent(stage.finish(2.0))) == (0, [])


def test_a_plan_is_sent_when_due_and_reported_with_both_times() -> None:
    stage = Stage(thru=True)
    stage.schedule(plan((2.0, ON), (3.0, OFF)), 1.0)
    assert stage.next_deadline() == 2.0
    assert sent(stage.due(1.9)) == []
    outcome = stage.due(2.25)
    assert (sent(outcome), outcome.tell) == ([ON], [Sent(1, 2.0, 2.25, ON)])
    assert outcome.send[0].planned == 2.0
    assert sent(stage.due(3.0)) == [OFF]
    assert stage.next_deadline() is None


def test_what_takes_a_while_to_sound_is_sent_so_much_earlier() -> None:
    stage = Stage(thru=True, latency_s=0.25)
    stage.schedule(plan((2.0, ON), (3.0, OFF)), 1.0)
    assert stage.next_deadline() == 1.75
    assert sent(stage.due(1.7)) == []
    outcome = stage.due(1.75)
    assert outcome.tell == [Sent(1, 2.0, 1.75, ON)]
    assert outcome.send[0].planned == 1.75
    assert sent(hear(stage, OTHER_ON, 2.0)) == [OTHER_ON, OFF]


def test_barge_in_ends_and_withdraws_a_yielding_plan_after_thru() -> None:
    stage = Stage(thru=True)
    stage.schedule(plan((2.0, ON), (2.0, DOWN), (3.0, OFF), (3.0, OTHER_ON)), 1.0)
    stage.due(2.0)
    strike = note_on(0, 72, 90)
    outcome = hear(stage, strike, 2.5)
    assert sent(outcome) == [strike, OFF, UP]
    assert outcome.tell == [
        Heard(1, 2.5, strike),
        Sent(1, 2.5, 2.5, OFF),
        Sent(1, 2.5, 2.5, UP),
        Withdrawn(1, 2.5),
    ]
    assert stage.next_deadline() is None


def test_a_note_off_of_the_players_withdraws_nothing() -> None:
    stage = Stage(thru=True)
    stage.schedule(plan((2.0, ON)), 1.0)
    hear(stage, note_off(0, 50), 1.5)
    assert stage.next_deadline() == 2.0


def test_a_plan_that_does_not_yield_goes_on() -> None:
    stage = Stage(thru=True)
    stage.schedule(steady((2.0, ON), (3.0, OFF)), 1.0)
    hear(stage, OTHER_ON, 1.5)
    assert sent(stage.due(2.0)) == [ON]


@pytest.mark.parametrize("data", [control_change(3, 123, 0), control_change(0, 120, 0), midi.STOP])
@pytest.mark.parametrize("make", [plan, steady])
def test_all_notes_off_and_the_end_of_the_song_silence_the_machine(
    data: bytes, make: Callable[..., Schedule]
) -> None:
    stage = Stage(thru=True)
    stage.schedule(make((2.0, ON), (3.0, OFF), (3.0, OTHER_ON)), 1.0)
    stage.due(2.0)
    outcome = hear(stage, data, 2.5)
    assert sent(outcome) == [data, OFF]
    assert outcome.tell[-2:] == [Sent(1, 2.5, 2.5, OFF), Withdrawn(1, 2.5)]
    assert stage.next_deadline() is None


@pytest.mark.parametrize("make", [plan, steady])
def test_after_the_song_has_stopped_the_machine_waits_for_the_player(
    make: Callable[..., Schedule],
) -> None:
    stage = Stage(thru=True)
    hear(stage, ON, 1.0)
    hear(stage, midi.STOP, 1.1)
    assert stage.schedule(replace(make((2.0, OTHER_ON)), heard=1), 1.2).tell == [Withdrawn(1, 1.2)]
    hear(stage, OFF, 1.3)
    stage.schedule(replace(make((2.0, OTHER_ON), number=2), heard=2), 1.4)
    assert stage.next_deadline() == 2.0


def test_all_notes_off_lets_go_of_what_the_player_holds_on_that_channel() -> None:
    stage = Stage(thru=True)
    hear(stage, ON, 1.0)
    hear(stage, note_on(1, 60, 80), 1.0)
    silence = control_change(0, 123, 0)
    assert sent(hear(stage, silence, 2.0)) == [silence]
    assert stage.notes_held == 1


def test_a_yielding_plan_that_missed_a_note_on_is_refused() -> None:
    stage = Stage(thru=True)
    hear(stage, ON, 1.0)
    assert stage.schedule(plan((2.0, OTHER_ON), heard=0), 1.5).tell == [Withdrawn(1, 1.5)]
    assert stage.next_deadline() is None
    hear(stage, OFF, 1.6)
    assert stage.schedule(plan((2.0, OTHER_ON), heard=1), 1.7).tell == []
    assert stage.next_deadline() == 2.0


def fresh(*messages: tuple[float, bytes], heard: int = 0) -> Schedule:
    return Schedule(1, heard, False, messages, fresh=True)


def test_a_note_of_the_players_takes_back_what_a_fresh_plan_has_not_begun() -> None:
    stage = Stage(thru=True)
    notes = (1.0, ON), (1.5, OTHER_ON), (1.6, OFF), (1.7, OTHER_OFF)
    stage.schedule(fresh(*notes), 0.9)
    assert sent(stage.due(1.0)) == [ON]
    assert sent(hear(stage, note_on(0, 30, 80), 1.2)) == [note_on(0, 30, 80)]
    assert sent(stage.due(2.0)) == [OFF]


def test_of_a_fresh_plan_that_missed_a_note_on_only_ends_are_taken() -> None:
    stage = Stage(thru=True)
    stage.schedule(fresh((1.0, ON)), 0.9)
    stage.due(1.0)
    hear(stage, note_on(0, 30, 80), 1.2)
    stage.schedule(fresh((1.3, OTHER_ON), (1.4, OFF)), 1.25)
    assert sent(stage.due(2.0)) == [OFF]
    stage.schedule(fresh((2.3, OTHER_ON), heard=1), 2.1)
    assert sent(stage.due(3.0)) == [OTHER_ON]


def test_the_machine_does_not_start_a_key_that_sounds() -> None:
    stage = Stage(thru=True)
    hear(stage, ON, 1.0)
    stage.schedule(steady((2.0, ON), (3.0, OFF)), 1.0)
    outcome = stage.due(3.0)
    assert (sent(outcome), outcome.tell) == ([], [])
    assert sent(hear(stage, OFF, 4.0)) == [OFF]


def test_the_player_takes_over_a_key_that_the_machine_holds() -> None:
    stage = Stage(thru=True)
    stage.schedule(steady((2.0, ON), (3.0, OFF)), 1.0)
    stage.due(2.0)
    outcome = hear(stage, note_on(0, 60, 99), 2.5)
    assert sent(outcome) == [OFF, note_on(0, 60, 99)]
    assert outcome.tell == [Sent(1, 2.5, 2.5, OFF), Heard(1, 2.5, note_on(0, 60, 99))]
    assert sent(stage.due(3.0)) == []


def test_the_players_note_off_does_not_end_the_machines_note() -> None:
    stage = Stage(thru=True)
    stage.schedule(steady((2.0, ON), (3.0, OFF)), 1.0)
    stage.due(2.0)
    assert sent(hear(stage, OFF, 2.5)) == []
    assert sent(stage.due(3.0)) == [OFF]


def test_a_key_struck_twice_goes_out_as_it_was_played() -> None:
    stage = Stage(thru=True)
    hear(stage, ON, 1.0)
    assert sent(hear(stage, ON, 2.0)) == [ON]


def test_cancel_in_the_past_ends_at_once() -> None:
    stage = Stage(thru=True)
    stage.schedule(steady((2.0, ON), (4.0, OFF), (5.0, OTHER_ON)), 1.0)
    stage.due(2.0)
    outcome = stage.cancel(Cancel(1, 2.5), 3.0)
    assert sent(outcome) == [OFF]
    assert outcome.tell == [Sent(1, 3.0, 3.0, OFF), Withdrawn(1, 3.0)]
    assert stage.next_deadline() is None


def test_cancel_in_the_future_keeps_what_comes_before_and_ends_it_then() -> None:
    stage = Stage(thru=True)
    stage.schedule(steady((2.0, ON), (4.0, OFF), (5.0, OTHER_ON)), 1.0)
    outcome = stage.cancel(Cancel(1, 3.0), 1.0)
    assert (sent(outcome), outcome.tell) == ([], [Withdrawn(1, 3.0)])
    assert sent(stage.due(2.0)) == [ON]
    assert sent(stage.due(3.0)) == [OFF]
    assert stage.next_deadline() is None


def test_cancel_of_a_plan_that_is_over_says_nothing() -> None:
    assert Stage(thru=True).cancel(Cancel(7, 0.0), 1.0) == Outcome()


def test_the_machine_lifts_only_its_own_foot() -> None:
    stage = Stage(thru=True)
    hear(stage, sustain(0, 100), 1.0)
    stage.schedule(steady((2.0, sustain(0, 90)), (3.0, UP)), 1.0)
    assert sent(stage.due(2.0)) == []
    outcome = stage.due(3.0)
    assert (sent(outcome), outcome.tell) == ([], [Sent(1, 3.0, 3.0, UP)])
    assert sent(hear(stage, UP, 4.0)) == [UP]


def test_a_deeper_machine_foot_gives_way_to_the_players_depth() -> None:
    stage = Stage(thru=True)
    hear(stage, sustain(0, 70), 1.0)
    stage.schedule(steady((2.0, DOWN), (3.0, UP)), 1.0)
    assert sent(stage.due(2.0)) == [DOWN]
    assert sent(stage.due(3.0)) == [sustain(0, 70)]


def test_the_players_lift_lifts_the_machines_pedal_too() -> None:
    stage = Stage(thru=True)
    stage.schedule(steady((2.0, DOWN), (5.0, UP)), 1.0)
    stage.due(2.0)
    outcome = hear(stage, UP, 3.0)
    assert sent(outcome) == [UP]
    assert Sent(1, 3.0, 3.0, UP) in outcome.tell
    assert sent(stage.due(5.0)) == []


def test_the_pedal_of_a_lost_performer_is_lifted() -> None:
    stage = Stage(thru=True)
    hear(stage, OTHER_ON, 0.5)
    stage.schedule(plan((2.0, DOWN), (2.0, ON), (9.0, OFF), heard=1), 1.0)
    stage.due(2.0)
    assert sent(stage.performer_lost(3.0)) == [OFF, UP]
    assert (stage.next_deadline(), stage.notes_held) == (None, 1)


def test_panic_silences_both_and_resets_every_channel() -> None:
    stage = Stage(thru=True)
    hear(stage, OTHER_ON, 0.5)
    stage.schedule(steady((1.0, ON), (9.0, OFF)), 1.0)
    stage.due(1.0)
    assert sent(stage.panic(2.0)) == [OFF, OTHER_OFF, *midi.panic_messages()]
    assert (stage.next_deadline(), stage.notes_held) == (None, 0)


def test_after_panic_the_machine_waits_for_the_player() -> None:
    stage = Stage(thru=True)
    hear(stage, OTHER_ON, 0.5)
    stage.schedule(steady((1.0, ON), number=4), 0.6)
    stage.panic(1.0)
    assert stage.schedule(steady((2.0, ON), number=4), 1.1).tell == [Withdrawn(4, 1.1)]
    assert stage.schedule(plan((2.0, ON), number=5, heard=1), 1.1).tell == [Withdrawn(5, 1.1)]
    hear(stage, note_off(0, 64), 1.2)
    assert stage.schedule(plan((2.0, ON), number=6, heard=2), 1.3).tell == []


def test_a_new_performer_may_count_its_plans_from_the_start() -> None:
    stage = Stage(thru=True)
    stage.schedule(steady((1.0, ON), number=40), 0.6)
    stage.panic(0.7)
    stage.performer_lost(0.8)
    hear(stage, OTHER_ON, 0.9)
    assert stage.schedule(replace(steady((2.0, ON)), heard=1), 1.1).tell == []


def test_what_is_no_channel_message_is_nonsense() -> None:
    stage = Stage(thru=True)
    with pytest.raises(AntiphonError, match="the performer scheduled"):
        stage.schedule(plan((2.0, ON), (3.0, b"\xf8")), 1.0)
    assert stage.next_deadline() is None


@pytest.mark.parametrize("time", [-1e308, 1e308, 2 * FARTHEST_S])
def test_what_is_planned_for_no_time_is_nonsense(time: float) -> None:
    stage = Stage(thru=True)
    with pytest.raises(AntiphonError, match="s from now"):
        stage.schedule(plan((2.0, ON), (time, OFF)), 1.0)
    assert stage.next_deadline() is None


THIRD, FIFTH, SIXTH = (note_on(1, key, 70) for key in (64, 67, 69))


def with_voices(*voices: bytes, most: int = 2) -> Stage:
    stage = Stage(thru=True)
    stage.voice(Voices(80, most, ((60, voices),)), 0.5)
    return stage


def test_voices_go_out_right_behind_their_key_and_end_with_it() -> None:
    stage = with_voices(THIRD, FIFTH, SIXTH)
    outcome = hear(stage, ON, 1.0)
    assert sent(outcome) == [ON, THIRD, FIFTH]
    assert [emission.planned for emission in outcome.send] == [1.0, 1.0, 1.0]
    assert [type(message) for message in outcome.tell] == [Heard, Sent, Sent]
    assert sent(hear(stage, OFF, 2.0)) == [OFF, note_off(1, 64), note_off(1, 67)]
    assert stage.notes_held == 0


def test_a_voice_whose_key_sounds_makes_room_for_the_next_best() -> None:
    stage = with_voices(THIRD, FIFTH, SIXTH)
    hear(stage, note_on(1, 64, 50), 1.0)
    assert sent(hear(stage, ON, 2.0)) == [ON, FIFTH, SIXTH]


def test_voices_are_as_loud_as_the_key() -> None:
    assert sent(hear(with_voices(THIRD), note_on(0, 60, 50), 1.0))[1] == note_on(1, 64, 40)
    assert sent(hear(with_voices(THIRD), note_on(0, 60, 1), 1.0))[1] == note_on(1, 64, 1)
    assert sent(hear(with_voices(note_on(1, 64, 120)), note_on(0, 60, 127), 1.0))[1][2] == 127


def test_of_keys_struck_together_the_first_has_voices() -> None:
    stage = with_voices(THIRD)
    stage.voice(Voices(80, 2, ((64, (SIXTH,)),)), 0.6)
    assert sent(hear(stage, ON, 1.0)) == [ON, THIRD]
    assert sent(hear(stage, OTHER_ON, 1.01)) == [OTHER_ON]
    hear(stage, OTHER_OFF, 1.5)
    assert sent(hear(stage, OTHER_ON, 2.0)) == [OTHER_ON, SIXTH]


def test_a_key_struck_again_begins_its_voices_again() -> None:
    stage = with_voices(THIRD)
    hear(stage, ON, 1.0)
    outcome = hear(stage, ON, 2.0)
    assert sent(outcome) == [ON, note_off(1, 64), THIRD]
    assert sent(hear(stage, OFF, 3.0)) == [OFF, note_off(1, 64)]


@pytest.mark.parametrize(
    "end",
    [
        lambda stage: stage.voice(Voices(0, 0, ()), 2.0),
        lambda stage: stage.performer_lost(2.0),
        lambda stage: stage.unplugged(2.0),
        lambda stage: stage.panic(2.0),
    ],
)
def test_voices_end_when_there_is_nobody_to_make_them(end: Callable[[Stage], Outcome]) -> None:
    stage = with_voices(THIRD)
    hear(stage, ON, 1.0)
    assert note_off(1, 64) in sent(end(stage))
    assert note_off(1, 64) not in sent(hear(stage, OFF, 3.0))
    assert stage.notes_held == 0


def test_a_lost_performers_voices_are_forgotten() -> None:
    stage = with_voices(THIRD)
    stage.performer_lost(1.0)
    assert sent(hear(stage, ON, 2.0)) == [ON]


def test_a_voice_that_is_no_note_is_nonsense() -> None:
    stage = Stage(thru=True)
    with pytest.raises(AntiphonError, match="for a voice"):
        stage.voice(Voices(64, 2, ((60, (THIRD,)), (61, (DOWN,)))), 1.0)
    assert sent(hear(stage, ON, 2.0)) == [ON]


# From here on: what must hold whatever happens.

CHANNELS = st.integers(0, 1)
KEYS = st.integers(60, 63)
MUSIC = st.one_of(
    st.builds(note_on, CHANNELS, KEYS, st.integers(0, 127)),
    st.builds(note_off, CHANNELS, KEYS),
    st.builds(sustain, CHANNELS, st.sampled_from([0, 30, 64, 100, 127])),
)
SILENCING = st.one_of(
    st.builds(control_change, CHANNELS, st.sampled_from([120, 123]), st.just(0)),
    st.just(midi.STOP),
)
DELAYS = st.floats(-0.5, 3)
PLANS = st.integers(1, 3)
TIMED = st.lists(st.tuples(DELAYS, MUSIC), max_size=6)
VOICED = st.lists(
    st.tuples(KEYS, st.lists(st.builds(note_on, CHANNELS, KEYS, st.integers(1, 127))).map(tuple)),
    max_size=4,
).map(tuple)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("voice"), st.builds(Voices, st.just(64), st.integers(0, 3), VOICED)),
        st.tuples(st.just("hear"), st.one_of(MUSIC, SILENCING)),
        st.tuples(st.just("schedule"), PLANS, st.booleans(), st.integers(0, 3), TIMED),
        st.tuples(st.just("cancel"), PLANS, DELAYS),
        st.tuples(st.just("due"), st.floats(0, 1)),
        st.tuples(st.just("panic")),
        st.tuples(st.just("lose")),
    ),
    max_size=40,
)


def perform(stage: Stage, deeds: Iterable[tuple[object, ...]]) -> list[tuple[float, Outcome]]:
    now, heard, outcomes = 0.0, 0, []
    for deed in deeds:
        now += 0.1
        match deed:
            case ("hear", bytes(data)):
                heard += 1
                outcome = hear(stage, data, now)
            case ("schedule", int(number), bool(yields), int(behind), list(timed)):
                content = tuple((now + delay, data) for delay, data in timed)
                known = max(0, heard - behind)
                outcome = stage.schedule(Schedule(number, known, yields, content), now)
            case ("voice", Voices() as voices):
                outcome = stage.voice(voices, now)
            case ("cancel", int(number), float(delay)):
                outcome = stage.cancel(Cancel(number, now + delay), now)
            case ("due", float(wait)):
                now += wait
                outcome = stage.due(now)
            case ("panic",):
                outcome = stage.panic(now)
            case _:
                outcome = stage.performer_lost(now)
        outcomes.append((now, outcome))
    outcomes.append((now + 1, stage.finish(now + 1)))
    return outcomes


def all_sent(outcomes: Iterable[tuple[float, Outcome]]) -> list[bytes]:
    return [data for _, outcome in outcomes for data in sent(outcome)]


@settings(max_examples=300)
@given(DEEDS, st.booleans())
def test_every_note_on_gets_one_note_off_before_the_machines_next(
    deeds: list[tuple[object, ...]], thru: bool
) -> None:
    down: dict[midi.Place, bool] = {}
    outcomes = perform(Stage(thru=thru), deeds)
    for emission in (one for _, outcome in outcomes for one in outcome.send):
        data, is_players = emission.data, emission.owner == PLAYER
        if midi.is_note_on(data):
            # Nothing is added to what the player plays: a key struck twice goes out twice.
            assert (down.get(midi.place(data), is_players) and is_players) or (
                midi.place(data) not in down
            )
            down[midi.place(data)] = is_players
        elif midi.is_note_off(data):
            down.pop(midi.place(data), None)
        elif midi.is_all_off(data):
            down = {place: whose for place, whose in down.items() if place[0] != data[0] & 15}
    assert not down


@given(DEEDS)
def test_no_pedal_is_left_down(deeds: list[tuple[object, ...]]) -> None:
    pedals = {}
    for data in all_sent(perform(Stage(thru=True), deeds)):
        if midi.is_sustain(data):
            pedals[midi.channel(data)] = midi.value(data)
    assert not any(pedals.values())


@given(DEEDS)
def test_the_machines_note_offs_match_its_note_ons(deeds: list[tuple[object, ...]]) -> None:
    # Without thru, all that is sent is the machine's: as many note-offs as note-ons.
    out = [
        data
        for _, outcome in perform(Stage(thru=False), deeds)
        for data in sent(outcome)
        if not midi.is_sustain(data)
    ]
    ons = sorted(data[:2] for data in out if midi.is_note_on(data))
    offs = sorted(bytes((data[0] | 0x10, data[1])) for data in out if data[0] & 0xF0 == 0x80)
    silent_ons = sorted(data[:2] for data in out if data[0] & 0xF0 == 0x90 and data[2] == 0)
    assert ons == sorted(offs + silent_ons)


@given(st.lists(st.tuples(PLANS, st.lists(st.tuples(st.floats(0, 9), MUSIC))), max_size=5))
def test_it_all_comes_out_in_the_order_of_the_times(
    plans: list[tuple[int, list[tuple[float, bytes]]]],
) -> None:
    stage = Stage(thru=True)
    for number, content in plans:
        stage.schedule(steady(*content, number=number), 0.0)
        stage.cancel(Cancel(number, 8.0), 0.0)
    planned = [emission.planned for emission in stage.due(9.0).send]
    assert planned == sorted(planned)
    assert all(time <= 8.0 for time in planned)


@given(DEEDS)
def test_what_is_told_of_the_machine_is_what_was_sent_of_it(
    deeds: list[tuple[object, ...]],
) -> None:
    for _, outcome in perform(Stage(thru=True), deeds):
        told = [
            message.data
            for message in outcome.tell
            if isinstance(message, Sent) and not midi.is_sustain(message.data)
        ]
        out = [
            emission.data
            for emission in outcome.send
            if emission.owner >= 0 and not midi.is_sustain(emission.data)
        ]
        assert told == out


@given(DEEDS)
def test_nothing_waits_for_a_yielding_plan_after_a_note_on(
    deeds: list[tuple[object, ...]],
) -> None:
    stage = Stage(thru=True)
    perform(stage, [deed for deed in deeds if deed[0] not in ("schedule", "cancel")])
    stage.schedule(Schedule(1, 10**6, True, ((FARTHEST_S, ON), (0.0, OTHER_ON))), 0.0)
    stage.due(50.0)
    hear(stage, note_on(5, 1, 1), 51.0)
    assert stage.next_deadline() is None
    assert stage.notes_held == 1


def test_without_an_output_nothing_sounds_and_nothing_is_planned() -> None:
    stage = Stage(thru=True)
    hear(stage, OTHER_ON, 0.0)
    stage.schedule(plan((1.0, ON), (2.0, OFF), heard=1), 0.0)
    stage.due(1.0)
    assert Withdrawn(1, 1.5) in stage.unplugged(1.5).tell
    assert (stage.notes_held, stage.waiting) == (0, 0)
    assert stage.schedule(plan((3.0, ON), number=2, heard=1), 2.0).tell == [Withdrawn(2, 2.0)]
    assert hear(stage, OTHER_ON, 2.0).send == []
    stage.plugged(2.5)
    assert [e.data for e in hear(stage, OTHER_ON, 3.0).send] == [OTHER_ON]


@given(st.lists(st.binary(min_size=1, max_size=4), max_size=30))
def test_whatever_bytes_come_in_all_that_sounds_can_be_ended(played: list[bytes]) -> None:
    stage = Stage(thru=True)
    for number, data in enumerate([*played, b"\x92\xed\xff", b"\xb0\x40\xff", ON]):
        hear(stage, data, float(number))
    stage.finish(100.0)
    assert stage.notes_held == 0
