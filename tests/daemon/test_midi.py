import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import midi

SEVEN_BITS = st.integers(0, 127)


@given(st.integers(0, 15), SEVEN_BITS, st.integers(1, 127))
def test_a_note_on_reads_back(channel: int, key: int, velocity: int) -> None:
    data = midi.note_on(channel, key, velocity)
    assert midi.is_note_on(data)
    assert (midi.channel(data), midi.key(data), midi.velocity(data)) == (channel, key, velocity)


def test_a_note_on_of_velocity_0_is_a_note_off() -> None:
    data = midi.note_on(0, 60, 0)
    assert not midi.is_note_on(data)
    assert midi.is_note_off(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (midi.note_on(0, 60, 80), "channel 1 note on C4 velocity 80"),
        (midi.note_off(15, 21), "channel 16 note off A0"),
        (midi.sustain(1, 127), "channel 2 pedal 127"),
        (b"\xb0\x07\x64", "channel 1 control 7 100"),
        (b"\xc0\x05", "channel 1 program 5"),
        (b"\xf8", "message f8"),
        (b"", "message "),
    ],
)
def test_messages_have_names(data: bytes, words: str) -> None:
    assert midi.describe(data) == words


@pytest.mark.parametrize(
    "data", [b"", b"\x90", b"\x90\x40", b"\x90\x40\x80", b"\xc0\x01\x02", b"\xf8", b"\x40\x40\x40"]
)
def test_half_a_message_is_no_channel_message(data: bytes) -> None:
    assert not midi.is_channel_message(data)


@given(st.binary(max_size=4))
def test_any_bytes_have_a_name_and_are_at_most_one_thing(data: bytes) -> None:
    assert midi.describe(data)
    kinds = [
        *(midi.is_note_on(data), midi.is_note_off(data)),
        *(midi.is_sustain(data), midi.is_all_off(data)),
    ]
    assert sum(kinds) <= 1
    assert midi.is_performed(data) == any(kinds)


@pytest.mark.parametrize("numbers", [(16, 0, 0), (-1, 0, 0), (0, 128, 0), (0, 0, -1)])
def test_numbers_out_of_range_are_refused(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="0 to"):
        midi.note_on(*numbers)


def test_panic_reaches_every_channel() -> None:
    messages = list(midi.panic_messages())
    assert len(messages) == 48
    assert {midi.channel(data) for data in messages} == set(range(16))


@pytest.mark.parametrize(
    "data",
    [
        "80 3c 40",
        "9f 3c 00",
        "b0 40 00",
        "b0 40 3f",
        "b3 42 00",
        "b0 45 00",
        "b0 78 00",
        "b0 7b 00",
    ],
)
def test_an_ending(data: str) -> None:
    assert midi.is_ending(bytes.fromhex(data))


@pytest.mark.parametrize(
    "data", ["90 3c 01", "b0 40 40", "b0 43 00", "b0 01 00", "f8", "80 3c", ""]
)
def test_no_ending(data: str) -> None:
    assert not midi.is_ending(bytes.fromhex(data))
