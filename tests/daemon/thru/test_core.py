from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.midi import note_off, note_on, program_change, sustain
from antiphon.daemon.thru.core import ThruCore
from antiphon.daemon.thru.settings import ThruSettings

ON, OFF = note_on(0, 60, 80), note_off(0, 60)
KNOB = midi.control_change(0, 21, 64)
CLOCKS = midi.CLOCK, midi.START, midi.CONTINUE, b"\xf2\x10\x00"


def core(**settings: object) -> ThruCore:
    made = ThruCore(ThruSettings())
    made.apply(0.0, settings)
    return made


def received(thru: ThruCore, *messages: bytes) -> list[bytes]:
    return [data for message in messages for data in thru.receive(message, 0.0).send]


def sent(thru: ThruCore, *messages: bytes) -> list[bytes]:
    return [data for message in messages for data in thru.send(message, 0.0)]


ANY = st.one_of(
    st.builds(note_on, st.integers(0, 2), st.integers(60, 63), st.integers(0, 127)),
    st.builds(note_off, st.integers(0, 2), st.integers(60, 63), st.integers(0, 127)),
    st.builds(midi.control_change, st.integers(0, 2), st.integers(0, 127), st.integers(0, 127)),
    st.sampled_from([*CLOCKS, midi.STOP, b"\xf0\x01\xf7", b"\xe0\x00\x40", b"\xfe"]),
)


@given(st.lists(ANY))
def test_what_is_played_goes_out_as_it_is(messages: list[bytes]) -> None:
    assert received(core(), *messages) == messages


@given(st.lists(st.tuples(st.booleans(), ANY)))
def test_beside_the_machine_nothing_of_the_players_is_lost(
    messages: list[tuple[bool, bytes]],
) -> None:
    thru = core()
    held: set[midi.Place] = set()
    for is_machines, data in messages:
        if is_machines:
            thru.send(data, 0.0)
            continue
        # An ending of what the player does not hold may be kept from the machine's note.
        is_stray = midi.is_note_off(data) and midi.place(data) not in held
        assert is_stray or received(thru, data)[-1:] == [data]
        if midi.is_note_on(data):
            held.add(midi.place(data))
        elif midi.is_note_off(data):
            held.discard(midi.place(data))
        elif midi.is_all_off(data):
            held = {place for place in held if place[0] != midi.channel(data)}


def test_without_thru_it_is_told_and_not_sent() -> None:
    passed = core(thru=False).receive(ON, 0.0)
    assert (passed.send, passed.received) == ([], ON)


def test_the_machines_note_ends_where_the_player_strikes_its_key() -> None:
    thru = core()
    assert sent(thru, ON) == [ON]
    assert received(thru, note_on(0, 60, 30)) == [OFF, note_on(0, 60, 30)]
    # The session follows, and ends it too.
    assert sent(thru, OFF) == []
    assert received(thru, OFF) == [OFF]


def test_the_machine_strikes_no_key_that_the_player_holds() -> None:
    thru = core()
    received(thru, ON)
    assert sent(thru, note_on(0, 60, 30), OFF) == []
    assert received(thru, OFF) == [OFF]
    assert sent(thru, ON) == [ON]


def test_the_pedal_stands_as_deep_as_the_deeper_foot() -> None:
    thru = core()
    assert received(thru, sustain(0, 127)) == [sustain(0, 127)]
    assert sent(thru, sustain(0, 127), sustain(0, 0)) == []
    assert received(thru, sustain(0, 0)) == [sustain(0, 0)]


def test_what_moves_a_control_is_no_music() -> None:
    heads = frozenset((KNOB[:2], b"\x90\x24"))
    passed = core(controllers=heads).receive(KNOB, 0.0)
    assert (passed.send, passed.received, passed.moved) == ([], None, KNOB)
    both = core(controllers=heads, controllers_pass=True)
    passed = both.receive(KNOB, 0.0)
    assert (passed.send, passed.received, passed.moved) == ([KNOB], KNOB, KNOB)
    assert received(both, note_on(0, 36, 80)) == []
    assert received(both, ON) == [ON]


def test_beside_our_own_clock_no_other_is_passed_on() -> None:
    thru = core(clock_out=True)
    assert received(thru, *CLOCKS) == []
    assert received(thru, midi.STOP, ON) == [midi.STOP, ON]
    assert received(core(), *CLOCKS) == [*CLOCKS]


def test_the_players_part_has_a_channel_and_a_program() -> None:
    thru = core(channel=4, program=7)
    assert received(thru, ON) == [program_change(4, 7), note_on(4, 60, 80)]
    assert received(thru, note_on(9, 61, 80)) == [note_on(4, 61, 80)]
    assert [passed.send for passed in thru.apply(0.0, {"program": 8})] == [[program_change(4, 8)]]
    thru.unplug(0.0)
    assert received(thru, ON) == []
    assert thru.plug() == [program_change(4, 8)]


def test_what_is_held_is_let_go_where_the_part_leaves_a_channel() -> None:
    thru = core(channel=4)
    received(thru, ON, sustain(0, 127))
    followed = thru.apply(0.0, {"channel": 5})
    ends = [note_off(4, 60), sustain(4, 0)]
    assert [passed.send for passed in followed] == [[end] for end in ends]
    assert [passed.received for passed in followed] == ends


def test_an_echo_goes_no_further() -> None:
    passed = core().receive(ON, 0.0, is_echo=True)
    assert (passed.send, passed.received, passed.is_echo) == ([], None, True)


def test_what_a_client_plays_is_music_whatever_it_is() -> None:
    thru = core(controllers=frozenset((ON[:2],)))
    assert thru.play(ON, 0.0).send == [ON]


def test_panic_and_the_end_silence_everybody() -> None:
    for end, rest in ((ThruCore.panic, midi.panic_messages()), (ThruCore.unplug, ())):
        thru = core()
        received(thru, ON)
        sent(thru, note_on(1, 62, 80), sustain(1, 127))
        assert end(thru, 0.0) == [note_off(1, 62), sustain(1, 0), OFF, *rest]
    assert received(thru, ON) == []
    assert sent(thru, ON) == []
    assert thru.panic(0.0) == []


def test_what_would_be_ended_again_may_sound_by_now() -> None:
    thru = core()
    received(thru, ON, sustain(1, 127))
    everything = midi.control_change(0, 123, 0)
    assert [thru.sounds(end) for end in (OFF, sustain(1, 0), everything)] == [True] * 3
    received(thru, OFF, sustain(1, 0))
    assert [thru.sounds(end) for end in (OFF, sustain(1, 0), everything)] == [False] * 3
