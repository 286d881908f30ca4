import pytest

from antiphon.daemon import midi
from antiphon.daemon.performer.context import Context, message_of
from antiphon.model.events import MACHINE, NO_TOUCH, NOTE_OFF, PEDAL_DOWN, PEDAL_UP, PLAYER, Event


def kinds(context: Context, *messages: bytes) -> list[int]:
    made = [context.take(PLAYER, 1.0, data) for data in messages]
    return [event.kind for events in made for event in events]


def test_the_first_event_takes_no_time_and_the_next_its_distance() -> None:
    context = Context()
    first = context.take(PLAYER, 5.0, midi.note_on(0, 60, 64))
    second = context.take(MACHINE, 5.1, midi.note_on(0, 64, 64))
    assert first == [Event(PLAYER, 0, 60, 16)]
    assert second == [Event(MACHINE, 20, 64, 16)]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([midi.note_on(0, 60, 1), midi.note_on(0, 60, 0)], [60, NOTE_OFF + 60]),
        ([midi.note_off(0, 60)], []),
        ([midi.note_on(0, 60, 9), midi.note_on(0, 60, 9)], [60, NOTE_OFF + 60, 60]),
        ([midi.sustain(0, 63)], []),
        ([midi.sustain(0, 64), midi.sustain(0, 127)], [PEDAL_DOWN]),
        ([midi.sustain(0, 64), midi.sustain(0, 0)], [PEDAL_DOWN, PEDAL_UP]),
        ([midi.control_change(0, 1, 127)], []),
    ],
)
def test_only_what_changes_the_music_is_an_event(
    messages: list[bytes], expected: list[int]
) -> None:
    assert kinds(Context(), *messages) == expected


def test_parts_hold_keys_of_their_own() -> None:
    context = Context()
    context.take(PLAYER, 0.0, midi.note_on(0, 60, 64))
    assert context.take(MACHINE, 0.1, midi.note_off(0, 60)) == []


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (Event(MACHINE, 0, 60, 16), midi.note_on(3, 60, 66)),
        (Event(MACHINE, 0, NOTE_OFF + 60, NO_TOUCH), midi.note_off(3, 60)),
        (Event(MACHINE, 0, PEDAL_DOWN, NO_TOUCH), midi.sustain(3, 127)),
        (Event(MACHINE, 0, PEDAL_UP, NO_TOUCH), midi.sustain(3, 0)),
    ],
)
def test_an_event_becomes_its_message(event: Event, message: bytes) -> None:
    assert message_of(event, 3) == message
