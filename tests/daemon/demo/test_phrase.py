from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.demo.phrase import LONGEST_S, Call, calls, rests
from antiphon.daemon.messages import Timed
from antiphon.daemon.smf import Note, Part, Score, read

PHRASES = Path(str(files("antiphon.daemon.demo") / "phrases"))


def score(*played: Note, markers: tuple[float, ...] = ()) -> Score:
    messages: list[Timed] = []
    for note in played:
        messages.append((note.start_s, midi.note_on(0, note.key, note.velocity)))
        messages.append((note.end_s, midi.note_off(0, note.key)))
    return Score((Part("", tuple(sorted(messages))),), markers)


def balanced(call: Call) -> bool:
    held: set[int] = set()
    for _, data in call.messages:
        if midi.is_note_on(data):
            held.add(midi.key(data))
        elif midi.is_note_off(data):
            held.discard(midi.key(data))
    return not held


def test_cuts_at_markers() -> None:
    found = calls(score(Note(2, 3, 60, 80), Note(5, 6, 62, 80), markers=(2.0, 4.5)))
    assert [call.messages[0] for call in found] == [
        (0.0, midi.note_on(0, 60, 80)),
        (0.0, midi.note_on(0, 62, 80)),
    ]


def test_cuts_after_the_longest_rest_within_reach() -> None:
    played = [Note(t, t + 0.4, 60, 80) for t in (0, 1, 2, 3, 4, 6.5, 7.5, 8.5, 9.5, 11)]
    assert rests(played) == (6.5,)


def test_a_short_file_is_one_call_and_a_file_without_length_none() -> None:
    assert len(calls(score(Note(0, 1, 60, 80), Note(1, 2, 62, 80)))) == 1
    assert calls(score(Note(1, 1, 60, 80))) == ()


@given(st.lists(st.floats(0, 60), min_size=1, max_size=60, unique=True))
def test_calls_keep_every_note_and_end_each(starts: list[float]) -> None:
    played = [Note(start, start + 0.3, key % 80 + 20, 70) for key, start in enumerate(starts)]
    found = calls(score(*played))
    struck = [data for call in found for _, data in call.messages if midi.is_note_on(data)]
    assert len(struck) == len(played)
    assert all(balanced(call) for call in found)
    assert all(a[0] <= b[0] for call in found for a, b in pairwise(call.messages))


@pytest.mark.parametrize("path", sorted(PHRASES.glob("*.mid")), ids=lambda path: path.stem)
def test_shipped_phrases_hold_several_calls(path: Path) -> None:
    found = calls(read(path))
    assert 2 <= len(found) <= 4
    assert all(balanced(call) and 3.5 <= call.length_s <= LONGEST_S + 0.7 for call in found)
