"""What is made of a journal and of what was heard; nothing is measured."""

from typing import Any

import pytest

from antiphon.daemon import midi
from antiphon.daemon.bench.promptness import behind_keys, firsts, late_first_notes, rows

ON = midi.note_on(0, 60, 70).hex()
OFF = midi.note_off(0, 60).hex()


def sent(plan: int, planned: float, time: float, data: str = ON) -> dict[str, Any]:
    return {"is": "Sent", "plan": plan, "planned": planned, "time": time, "data": data}


def test_each_voice_is_counted_from_the_key_before_it() -> None:
    key, voice = midi.note_on(0, 60, 70), midi.note_on(1, 64, 70)
    heard = [
        (1.002, key),
        (1.003, voice),
        (1.004, voice),
        (1.1, midi.note_off(0, 60)),
        (1.1, midi.note_off(1, 64)),
        (2.002, key),
        (2.002, voice),
    ]
    from_strike, from_own = behind_keys([1.0, 2.0], heard)
    assert from_strike == pytest.approx([3.0, 4.0, 2.0])
    assert from_own == pytest.approx([1.0, 2.0, 0.0])


def test_of_each_plan_the_first_note_counts() -> None:
    entries = [sent(1, 1.0, 1.001, OFF), sent(1, 1.0, 1.002), sent(1, 1.1, 1.2), sent(2, 3.0, 3.0)]
    assert late_first_notes(entries) == pytest.approx([2.0, 0.0])


def test_a_bar_begins_with_the_first_note_about_its_line() -> None:
    assert firsts([0.2, 0.99, 1.1, 3.02], [1.0, 2.0, 3.0], 0.5) == pytest.approx([-0.01, 0.02])


def test_the_rows_name_what_was_measured() -> None:
    spread = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "most": 4.0}
    names = "voices_ms", "voices_behind_ms", "first_notes_ms", "bars_ms"
    found = rows(dict.fromkeys(names, spread))
    assert [words for _, words in found] == ["1.00 / 3.00 ms (p50 / p99)"] * 4
