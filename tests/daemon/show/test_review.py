from typing import Any

import pytest

from antiphon.daemon import midi
from antiphon.daemon.show.review import Turn, hung, replies


def heard(time: float, data: bytes) -> dict[str, Any]:
    return {"is": "Heard", "time": time, "data": data.hex()}


def sent(time: float, data: bytes) -> dict[str, Any]:
    return {"is": "Sent", "time": time, "data": data.hex()}


ON, OFF = midi.note_on(0, 60, 80), midi.note_off(0, 60)
PEDAL_UP = midi.sustain(0, 0)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], ()),
        ([heard(0, ON), heard(1, OFF)], ()),
        ([sent(1, ON), sent(2, OFF)], ()),
        ([heard(0, PEDAL_UP), sent(1, ON), sent(2, OFF)], ()),
        ([heard(0, ON), heard(1, OFF), sent(1.5, ON), sent(2, OFF)], (Turn(0.5, 1),)),
        (
            [heard(0, ON), heard(1, OFF), sent(1.5, ON), heard(1.6, PEDAL_UP), sent(2, ON)],
            (Turn(0.5, 2),),
        ),
        (
            [heard(0, ON), sent(1, ON), {"is": "Ready", "time": 1}, heard(4, ON), sent(4.25, ON)],
            (Turn(1, 1), Turn(0.25, 1)),
        ),
    ],
)
def test_replies(entries: list[dict[str, Any]], expected: tuple[Turn, ...]) -> None:
    assert replies(entries) == expected


@pytest.mark.parametrize(
    ("sent_out", "count"),
    [
        ([], 0),
        ([ON, OFF], 0),
        ([ON], 1),
        ([ON, ON, OFF], 1),
        ([ON, midi.note_off(1, 60)], 1),
        ([OFF], 0),
    ],
)
def test_hung(sent_out: list[bytes], count: int) -> None:
    assert hung(enumerate(sent_out)) == count
