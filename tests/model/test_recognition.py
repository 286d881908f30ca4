"""What tells the styles apart: fitted, kept, judged on what it has not seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon import cli
from antiphon.daemon.performer.idiom import read_classifier
from antiphon.model import corpus, marks, recognition
from antiphon.model.checksums import digest, listed
from antiphon.model.corpus import Corpus
from tests.model.material import random_corpus


def two_styles() -> Corpus:
    """Jazz is made of three keys and hymns of one; everything else is random."""
    packed = random_corpus(0, pieces=8)
    notes = packed.all_notes.copy()
    pieces = []
    for index, piece in enumerate(packed.pieces):
        mine = slice(piece.first_note, piece.first_note + piece.notes)
        style = ("jazz", "hymn")[index % 2]
        notes["key"][mine] = 72 + notes["key"][mine] % 3 if style == "jazz" else 36
        split = "valid" if index > 5 else "train"
        pieces.append(replace(piece, style=style, split=split, hand="performed", flat=False))
    return replace(packed, pieces=tuple(pieces), all_notes=notes)


def test_the_command_fits_and_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(corpus, "load", lambda _folder: two_styles())
    monkeypatch.setattr(recognition, "STRETCHES", 20)
    out = tmp_path / "out" / "style.npz"
    assert cli.main(["model", "styles", "--out", str(out)]) == 0
    assert read_classifier(out).names == ("hymn", "jazz")
    assert listed(out.parent) == {"style.npz": digest(out)}
    table = capsys.readouterr().out
    assert "40 held-out stretches" in table
    assert "jazz            1.00" in table


def test_stretches_are_as_long_as_what_is_heard() -> None:
    rng = np.random.default_rng(0)
    packed = two_styles()
    for piece in packed.pieces:
        notes = recognition._stretch(packed, piece, rng)
        assert 1 <= len(notes) <= recognition.MOST_NOTES
        assert notes["onset"][-1] - notes["onset"][0] <= recognition.LATELY_S
        assert (np.diff(notes["onset"]) >= 0).all()


def test_all_styles_count_alike_and_the_doubtful_are_left_out() -> None:
    classifier = marks.Classifier(
        ("hymn", "jazz"), np.zeros(1), np.ones(1), np.array([[-1.0, 1.0], [0.0, 0.0]])
    )
    # Hymns are right when surest; of ten times as many of jazz half are wrong, and not sure.
    rows = np.array([[-2.0], *([[0.1]] * 5), *([[-0.1]] * 5)])
    found = recognition.judge(classifier, rows, ["hymn", *(["jazz"] * 10)])
    assert found["styles"] == {"hymn": 1.0, "jazz": 0.5}
    assert found["thresholds"]["0.0"] == pytest.approx({"told": 1.0, "right": 0.75})
    assert found["thresholds"]["0.8"] == pytest.approx({"told": 0.5, "right": 1.0})
