import pytest

from antiphon.daemon.performer.harmony import Chord, KeyTracker, chord_name


def key_name(*keys: int, tracker: KeyTracker | None = None, start_s: float = 0.0) -> str | None:
    tracker = tracker or KeyTracker()
    for index, key in enumerate(keys):
        tracker.strike(start_s + 0.25 * index, key)
    found = tracker.key()
    return found.name if found else None


C_MAJOR = (60, 64, 67, 65, 62, 59, 60, 67, 64, 60)
A_MINOR = (57, 60, 64, 62, 59, 56, 57, 64, 60, 57)


@pytest.mark.parametrize("shift", range(12))
def test_keys_are_found_wherever_they_lie(shift: int) -> None:
    major = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
    minor = ("A", "Bb", "B", "C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#")
    assert key_name(*(key + shift for key in C_MAJOR)) == f"{major[shift]} major"
    assert key_name(*(key + shift for key in A_MINOR)) == f"{minor[shift]} minor"


def test_a_few_notes_have_no_key() -> None:
    assert key_name(60, 64, 67) is None


def test_a_new_key_replaces_the_old_one() -> None:
    tracker = KeyTracker()
    key_name(*C_MAJOR, *C_MAJOR, tracker=tracker)
    moved = [key + 6 for key in C_MAJOR]
    assert key_name(*moved, *moved, tracker=tracker, start_s=30.0) == "F# major"


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ((60, 64, 67), "C"),
        ((57, 60, 64, 69), "Am"),
        ((55, 59, 62, 65), "G7"),
        ((60, 64, 67, 71), "Cmaj7"),
        ((57, 60, 64, 67), "Am7"),
        ((59, 62, 65), "Bdim"),
        ((60,), None),
        ((60, 67), None),
        ((60, 61, 62), None),
    ],
)
def test_chords_are_named(keys: tuple[int, ...], name: str | None) -> None:
    assert chord_name(keys) == name


def test_a_scale_holds_its_own_notes_only() -> None:
    tracker = KeyTracker()
    key_name(*C_MAJOR, tracker=tracker)
    found = tracker.key()
    assert found is not None
    assert found.scale == {0, 2, 4, 5, 7, 9, 11}


@pytest.mark.parametrize(
    ("chord", "name", "classes"),
    [
        (Chord(0, ""), "C", {0, 4, 7}),
        (Chord(10, "m7"), "Bbm7", {10, 1, 5, 8}),
        (Chord(11, "dim"), "Bdim", {11, 2, 5}),
        (Chord(6, "sus4"), "F#sus4", {6, 11, 1}),
    ],
)
def test_a_chord_knows_its_name_and_its_tones(chord: Chord, name: str, classes: set[int]) -> None:
    assert chord.name == name
    assert chord.tones == classes
