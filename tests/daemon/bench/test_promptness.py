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
    entries = [
        {"is": "Session", "time": 0.0},
        {"is": "Heard", "time": 1.0, "data": ON},
        sent(1, 1.0, 1.003),
        sent(1, 1.0, 1.004),
        {"is": "Heard", "time": 1.1, "data": OFF},
        sent(1, 1.1, 1.101, OFF),
        {"is": "Heard", "time": 2.0, "data": ON},
        sent(2, 2.0, 2.002),
    ]
    assert behind_keys(entries) == pytest.approx([3.0, 4.0, 2.0])


def test_of_each_plan_the_first_note_counts() -> None:
    entries = [sent(1, 1.0, 1.001, OFF), sent(1, 1.0, 1.002), sent(1, 1.1, 1.2), sent(2, 3.0, 3.0)]
    assert late_first_notes(entries) == pytest.approx([2.0, 0.0])


def test_a_bar_begins_with_the_first_note_about_its_line() -> None:
    assert firsts([0.2, 0.99, 1.1, 3.02], [1.0, 2.0, 3.0], 0.5) == pytest.approx([-0.01, 0.02])


def test_the_rows_name_what_was_measured() -> None:
    spread = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "most": 4.0}
    found = rows({"voices_ms": spread, "first_notes_ms": spread, "bars_ms": spread})
    assert [words for _, words in found] == ["1.00 / 3.00 ms (p50 / p99)"] * 3
