"""MIDI messages as raw `bytes`: making, testing and naming them. No I/O and no time here.

Channels are 0 to 15, as on the wire; only what a user reads or types counts from 1.
"""

from collections.abc import Iterator

CHANNELS = range(16)
KEYS = range(128)
SUSTAIN, SOSTENUTO, HOLD_2 = 64, 66, 69
ALL_SOUND_OFF = 120
ALL_NOTES_OFF = 123

_NOTE_OFF = 0x80
_NOTE_ON = 0x90
_CONTROL_CHANGE = 0xB0
_PROGRAM_CHANGE = 0xC0
_SYSTEM = 0xF0
_MODES = range(123, 128)
"""All notes off, and the changes of mode that imply it."""
CLOCK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
_SONG_POSITION = 0xF2
_KEY_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_STATUS_NAMES = {
    0x80: "note off",
    0x90: "note on",
    0xA0: "key pressure",
    0xB0: "control",
    0xC0: "program",
    0xD0: "pressure",
    0xE0: "bend",
}


def note_on(channel: int, key: int, velocity: int) -> bytes:
    """A note-on; raises `ValueError` for a number out of range."""
    return _channel_message(_NOTE_ON, channel, key, velocity)


def note_off(channel: int, key: int, velocity: int = 64) -> bytes:
    """A note-off, with the middling release velocity that the standard gives to plain keyboards."""
    return _channel_message(_NOTE_OFF, channel, key, velocity)


def control_change(channel: int, control: int, value: int) -> bytes:
    """A control change; raises `ValueError` for a number out of range."""
    return _channel_message(_CONTROL_CHANGE, channel, control, value)


def sustain(channel: int, value: int) -> bytes:
    """The sustain pedal: 0 is up, 64 and above is down."""
    return control_change(channel, SUSTAIN, value)


def program_change(channel: int, program: int) -> bytes:
    """A program change, its program 0 to 127; raises `ValueError` for a number out of range."""
    return _channel_message(_PROGRAM_CHANGE, channel, program)


def let_go(channel: int) -> tuple[bytes, bytes]:
    """What ends all that a player holds on a channel: the pedal up, all keys up."""
    return sustain(channel, 0), control_change(channel, ALL_NOTES_OFF, 0)


def on_channel(data: bytes, channel: int) -> bytes:
    """The same channel message on another channel; anything else as it is."""
    return bytes([data[0] & 0xF0 | channel]) + data[1:] if is_channel_message(data) else data


def is_channel_message(data: bytes) -> bool:
    """Whether `data` is one whole message of one channel (not system, not a stray data byte)."""
    if not data or not _NOTE_OFF <= data[0] < _SYSTEM:
        return False
    length = 2 if data[0] & 0xF0 in (0xC0, 0xD0) else 3
    return len(data) == length and all(byte < 0x80 for byte in data[1:])


def is_note_on(data: bytes) -> bool:
    """Whether a key goes down; a note-on of velocity 0 is a note-off."""
    return _is_whole(data) and data[0] & 0xF0 == _NOTE_ON and data[2] > 0


def is_note_off(data: bytes) -> bool:
    """Whether a key goes up."""
    return _is_whole(data) and (
        data[0] & 0xF0 == _NOTE_OFF or (data[0] & 0xF0 == _NOTE_ON and data[2] == 0)
    )


def is_sustain(data: bytes) -> bool:
    """Whether the sustain pedal moves."""
    return _is_whole(data) and data[0] & 0xF0 == _CONTROL_CHANGE and data[1] == SUSTAIN


def is_all_off(data: bytes) -> bool:
    """Whether every note of a channel is to end at once."""
    is_control = _is_whole(data) and data[0] & 0xF0 == _CONTROL_CHANGE
    return is_control and (data[1] == ALL_SOUND_OFF or data[1] in _MODES)


def is_ending(data: bytes) -> bool:
    """Whether a message ends notes, or lets them end: without it they might sound for ever."""
    if is_note_off(data) or is_all_off(data):
        return True
    is_control = _is_whole(data) and data[0] & 0xF0 == _CONTROL_CHANGE
    return is_control and data[1] in (SUSTAIN, SOSTENUTO, HOLD_2) and data[2] < 64


def is_performed(data: bytes) -> bool:
    """Whether a message is an event of the music that the performer follows.

    A key, the pedal, or the end of every note at once.
    """
    return is_note_on(data) or is_note_off(data) or is_sustain(data) or is_all_off(data)


def is_control(data: bytes) -> bool:
    """Whether a message is no event of the music but may change how it sounds or goes on."""
    return is_transport(data) or (is_channel_message(data) and not is_performed(data))


def is_transport(data: bytes) -> bool:
    """Whether a sequencer starts, stops, goes on or says where in the song it is."""
    return data in (START, CONTINUE, STOP) or song_position(data) is not None


def song_position(data: bytes) -> int | None:
    """Where in the song a sequencer is, in sixteenths; None for any other message."""
    is_position = len(data) == 3 and data[0] == _SONG_POSITION and max(data[1:]) < 0x80
    return data[1] + 128 * data[2] if is_position else None


def channel(data: bytes) -> int:
    """The channel, 0 to 15, of a channel message."""
    return data[0] & 0x0F


def key(data: bytes) -> int:
    """The key, 0 to 127, of a note message."""
    return data[1]


def velocity(data: bytes) -> int:
    """The velocity, 0 to 127, of a note message."""
    return data[2]


def value(data: bytes) -> int:
    """The value, 0 to 127, of a control change."""
    return data[2]


def panic_messages() -> Iterator[bytes]:
    """For every channel: pedal up, all notes off, all sound off.

    All notes off alone leaves notes that the pedal holds, and some instruments heed only one of
    the last two.
    """
    for number in CHANNELS:
        yield sustain(number, 0)
        yield control_change(number, ALL_NOTES_OFF, 0)
        yield control_change(number, ALL_SOUND_OFF, 0)


Place = tuple[int, int]
"""A channel and a key."""


def place(data: bytes) -> Place:
    """Where a note message plays: its channel and its key."""
    return channel(data), key(data)


def key_name(number: int) -> str:
    """A key as musicians write it: 60 is C4."""
    return f"{_KEY_NAMES[number % 12]}{number // 12 - 1}"


def describe(data: bytes) -> str:
    """A message in words, for logs; channels count from 1 here."""
    if not is_channel_message(data):
        return f"message {data.hex(' ')}"
    where = f"channel {channel(data) + 1}"
    if is_note_on(data):
        return f"{where} note on {key_name(key(data))} velocity {velocity(data)}"
    if is_note_off(data):
        return f"{where} note off {key_name(key(data))}"
    if is_sustain(data):
        return f"{where} pedal {value(data)}"
    numbers = " ".join(str(byte) for byte in data[1:])
    return f"{where} {_STATUS_NAMES[data[0] & 0xF0]} {numbers}"


def _is_whole(data: bytes) -> bool:
    # A damaged cable sends data bytes that are none: a key that is no key could never be ended.
    return len(data) == 3 and data[1] < 0x80 and data[2] < 0x80


def _channel_message(status: int, number: int, *data: int) -> bytes:
    if number not in CHANNELS:
        raise ValueError(f"channel {number} is not 0 to 15")
    for byte in data:
        if not 0 <= byte < 128:
            raise ValueError(f"data byte {byte} is not 0 to 127")
    return bytes((status | number, *data))
