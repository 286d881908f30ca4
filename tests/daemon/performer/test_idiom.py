"""The style that is heard: told where it is sure, not made of rests, forgotten with the rest."""

from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer import idiom
from antiphon.daemon.performer.idiom import Idiom, read_classifier, shipped_classifier
from antiphon.model import recognition
from antiphon.model.marks import Classifier, marks
from antiphon.model.styles import STYLES

SIZE = len(marks(np.zeros(2), np.ones(2), np.array([60, 64])))
REGISTER = SIZE - 5
"""Where the mean key stands among the marks, in octaves."""


def by_register() -> Classifier:
    """High keys are jazz, low ones a hymn; in between nobody knows."""
    weights = np.zeros((SIZE + 1, 2))
    weights[REGISTER] = 4.0, -4.0
    mean = np.zeros(SIZE)
    mean[REGISTER] = 5.0
    return Classifier(("jazz", "hymn"), mean, np.ones(SIZE), weights)


def play(heard: Idiom, key: int, notes: int, start_s: float = 0.0) -> float:
    """Notes of a quarter of a second, then what the performer does when it is asked."""
    for index in range(notes):
        heard.strike(start_s + 0.25 * index, key + index % 3)
        heard.release(start_s + 0.25 * index + 0.2, key + index % 3)
    heard.consider()
    return start_s + 0.25 * notes


def test_a_style_is_told_after_enough_notes() -> None:
    heard = Idiom(by_register())
    end_s = play(heard, 80, idiom.FEWEST_NOTES - 1)
    assert heard.style is None
    play(heard, 80, 1, end_s)
    assert heard.style == "jazz"


def test_what_is_doubtful_is_not_told() -> None:
    heard = Idiom(by_register())
    play(heard, 59, 60)
    assert heard.style is None


def test_a_style_stays_until_it_is_doubted() -> None:
    heard = Idiom(by_register())
    end_s = play(heard, 80, 128)
    end_s = play(heard, 40, 64, end_s)
    assert heard.style == "jazz"
    play(heard, 40, 128, end_s)
    assert heard.style == "hymn"


def test_a_long_rest_changes_nothing() -> None:
    """While the machine plays the player rests, and plays no slower for that."""
    one, other = Idiom(by_register()), Idiom(by_register())
    for heard, rest_s in ((one, idiom.REST_S), (other, 500.0)):
        play(heard, 60, 40, play(heard, 60, 40) + rest_s - 0.25)
    assert one._played.onsets_s == pytest.approx(other._played.onsets_s)
    assert one._played.offsets_s == pytest.approx(other._played.offsets_s)


def test_what_is_forgotten_has_no_style() -> None:
    heard = Idiom(by_register())
    play(heard, 80, 60)
    heard.forget()
    heard.consider()
    assert heard.style is None


def test_it_hears_what_it_was_fitted_on() -> None:
    assert idiom.LATELY_S == recognition.LATELY_S
    assert (idiom.FEWEST_NOTES, idiom.MOST_NOTES) == (
        recognition.FEWEST_NOTES,
        recognition.MOST_NOTES,
    )


def test_the_shipped_weights_know_every_style() -> None:
    assert shipped_classifier().names == STYLES


@pytest.mark.parametrize("content", [b"", b"notes", b"PK\x03\x04 damaged"])
def test_a_damaged_file_is_told_of(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "style.npz").write_bytes(content)
    with pytest.raises(AntiphonError, match=r"no weights for the style"):
        read_classifier(tmp_path / "style.npz")


def test_so_are_other_arrays_and_no_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", anything=np.zeros(3))
    size = 3
    np.savez(
        tmp_path / "small.npz",
        names=np.array(["jazz", "hymn"]),
        mean=np.zeros(size),
        spread=np.ones(size),
        weights=np.zeros((size + 1, 2)),
    )
    for name in ("other.npz", "small.npz", "missing.npz"):
        with pytest.raises(AntiphonError, match=r"no weights for the style"):
            read_classifier(tmp_path / name)
