import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.export import copying
from antiphon.export.passages import shifted
from tests.export.judges import corpus_of, steady
from tests.model.material import random_notes

TUNE = (60, 62, 64, 65, 67, 65, 64, 62, 71, 60)


@given(seed=st.integers(0, 500), semitones=st.integers(-20, 20), rate=st.floats(1.0, 2.0))
def test_figures_are_the_same_in_any_key_and_tempo(seed: int, semitones: int, rate: float) -> None:
    notes = random_notes(np.random.default_rng(seed), 40)
    notes["onset"] = np.round(notes["onset"] / 0.25).cumsum() * 0.07
    slower = shifted(notes, semitones)
    slower["onset"] = notes["onset"] * np.float32(rate)
    assert np.array_equal(copying.figures(notes), copying.figures(slower))


def test_another_note_or_rhythm_is_another_figure() -> None:
    plain = steady(0.2, 8, TUNE)
    for change in ("key", "rhythm", "chord"):
        other = plain.copy()
        if change == "key":
            other["key"][4] += 1
        else:
            other["onset"][4:] += 0.2 if change == "rhythm" else -0.19
        assert len(copying.figures(other)) == 1
        assert copying.figures(other)[0] != copying.figures(plain)[0]


def test_a_rolled_chord_is_the_chord() -> None:
    notes = steady(0.2, 12, TUNE)
    notes["onset"][4:7] = notes["onset"][4]
    rolled = notes.copy()
    rolled["onset"][4:7] += np.array([0.02, 0.01, 0.0], np.float32)
    rolled = rolled[np.argsort(rolled["onset"], kind="stable")]
    assert np.array_equal(copying.figures(notes), copying.figures(rolled))


def test_too_few_notes_make_no_figure() -> None:
    assert len(copying.figures(steady(0.2, 7, TUNE))) == 0
    assert len(copying.figures(steady(0.2, 0, TUNE))) == 0
    assert len(copying.figures(steady(0.2, 20, TUNE))) == 13


def test_what_stands_in_a_corpus_is_found() -> None:
    packed = corpus_of([("folk", steady(0.3, 30, TUNE)), ("jazz", steady(0.1, 30, (60, 61)))])
    mine = copying.figures(shifted(steady(0.2, 20, TUNE), 5))
    strange = copying.figures(steady(0.2, 20, (40, 90, 41)))
    wanted = np.concatenate([mine, strange])
    found = copying.known(wanted, packed, packed.pieces)
    assert np.array_equal(found, np.unique(mine))
    assert not len(copying.known(wanted, packed, packed.pieces[1:]))
    assert not len(copying.known(mine[:0], packed, packed.pieces))
    assert copying.share(wanted, found) == pytest.approx(0.5)
    assert copying.share(wanted[:0], found) == 0.0


def test_repetition_is_what_stood_before() -> None:
    assert copying.repetition(copying.figures(steady(0.2, 8 + 9, TUNE))) == 0.0
    assert copying.repetition(copying.figures(steady(0.2, 8 + 19, TUNE))) == 0.5
