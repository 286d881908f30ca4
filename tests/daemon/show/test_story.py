from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.midi import note_off, note_on
from antiphon.daemon.session import journal
from antiphon.daemon.show.story import Label, Story, told

GOLDEN = Path(__file__).parents[2] / "golden"
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def entry(kind: str, time: float, **more: object) -> dict[str, Any]:
    return {"is": kind, "time": time, **more}


def strike(kind: str, key: int, start: float, end: float, touch: int = 80) -> list[dict[str, Any]]:
    late = {"planned": start - 0.002} if kind == "Sent" else {}
    return [
        entry(kind, start, data=note_on(0, key, touch).hex(), **late),
        entry(kind, end, data=note_off(0, key).hex()),
    ]


def jam(*entries: dict[str, Any], mode: str = "reply") -> Story:
    first = entry("Session", 100.0, date="2026-03-04T05:06:07", controls={"mode": mode})
    return told([first, *sorted(entries, key=lambda entry: entry["time"])])


def melody(kind: str, start: float, each: float = 0.5) -> list[dict[str, Any]]:
    return [
        message
        for place, key in enumerate(SCALE)
        for message in strike(
            kind, key, start + place * each, start + (place + 0.9) * each, 100 - 30 * (place % 2)
        )
    ]


def test_it_begins_shortly_before_the_first_note() -> None:
    story = jam(*melody("Heard", 160.0), *melody("Sent", 165.0))
    player, machine = story.notes
    assert player[0].start_s == pytest.approx(1.0)
    assert machine[0].start_s == pytest.approx(6.0)
    assert story.end_s == pytest.approx(9.95)
    assert [len(part) for part in story.notes] == [8, 8]


def test_turns_delays_and_lateness_are_told() -> None:
    story = jam(*melody("Heard", 100.5), *melody("Sent", 105.0))
    assert [turn.part for turn in story.turns] == [0, 1]
    assert [turn.span.start_s for turn in story.turns] == pytest.approx([0.5, 5.0])
    assert list(story.delays_s) == pytest.approx([0.55])
    assert list(story.lateness_ms) == pytest.approx([2.0] * 8)


def test_who_plays_at_once_takes_no_turns() -> None:
    both = (*melody("Heard", 100.5), *melody("Sent", 100.75))
    story = jam(*both, mode="together")
    assert not story.turns
    assert not story.delays_s
    changed = jam(entry("Settings", 100.1, values={"mode": "together"}), *both)
    assert not changed.turns


def test_key_chord_and_tempo_are_heard() -> None:
    chord = [note for key in (60, 64, 67) for note in strike("Heard", key, 112.0, 114.0)]
    story = jam(*(n for at in (100, 104, 108) for n in melody("Heard", at)), *chord)
    assert [label.text for label in story.keys] == ["C major"]
    assert [label.text for label in story.chords] == ["C"]
    (tempo,) = story.tempos
    assert float(tempo.text.removesuffix(" bpm")) == pytest.approx(60, rel=0.03)


def test_a_tempo_that_a_clock_tells_is_the_one() -> None:
    beats = (entry("Beat", 100.0 + n / 2, source="midi", period=0.5) for n in range(8))
    story = jam(*melody("Heard", 100.0), *beats, entry("Beat", 104.0, source="tap", period=1.0))
    assert story.tempos == (Label(0.0, "120 bpm (midi)"), Label(4.0, "60 bpm (tap)"))


@pytest.mark.parametrize("period", [0, 1e-320, 10**400, -1.0, "fast"])
def test_a_beat_that_is_none_has_no_tempo(period: object) -> None:
    beat = entry("Beat", 100.0, source="midi", period=period)
    assert jam(*melody("Heard", 100.0), beat).tempos == jam(*melody("Heard", 100.0)).tempos


def test_what_was_changed_liked_and_wrong_is_told() -> None:
    story = jam(
        entry("Settings", 101.0, values={"style": "jazz", "density": None, "of tomorrow": 3}),
        *melody("Heard", 100.0),
        entry("Judge", 102.0, good=True),
        entry("Judge", 102.5, good=False),
        entry("Problem", 103.0, text="it rains", about="weather"),
        entry("Problem", 104.0, text="", about="weather"),
        entry("Ready", 100.0, model="small.onnx"),
    )
    assert story.changes == (Label(1.0, "style=jazz, density=auto, of tomorrow=3"),)
    assert story.liked == (Label(2.0, "good"), Label(2.5, "bad"))
    assert story.problems == (Label(3.0, "it rains"),)
    assert story.model == "small.onnx"


@pytest.mark.parametrize("name", ["reply", "company", "losses"])
def test_golden_sessions_can_be_told(name: str) -> None:
    story = told(list(journal.read(GOLDEN / name)))
    assert all(story.notes)
    assert story.end_s >= max(note.end_s for part in story.notes for note in part)


VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.just({"mode": 3})


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "is": st.sampled_from(
                    ["Heard", "Sent", "Settings", "Problem", "Ready", "Beat", "Judge"]
                ),
                "time": st.floats(-1e9, 1e9),
            },
            optional={
                "data": VALUES | st.sampled_from(["903c50", "803c40", "90ff00"]),
                "planned": VALUES,
                "values": VALUES,
                "good": VALUES,
                "period": VALUES | st.floats(),
                "text": VALUES,
                "controls": VALUES,
            },
        )
    )
)
def test_whatever_a_journal_says_can_be_told(entries: list[dict[str, Any]]) -> None:
    told(entries)
