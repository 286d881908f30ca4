from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.model import corpus
from antiphon.model.corpus import _tidy_notes, _tidy_pedals
from antiphon.model.errors import ModelError
from tests.model.material import notes_of, save_midi, scale

COLUMNS = "path\tdataset\tstyle\tis_performance\tsplit\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One good file, and one of each sort that cannot be used."""
    folder = tmp_path / "files"
    save_midi(folder / "jazz" / "good.mid", scale(40), tracks=2)
    save_midi(folder / "jazz" / "tiny.mid", scale(3))
    save_midi(folder / "drums.mid", scale(40), channel=9)
    (folder / "damaged.mid").write_bytes((folder / "jazz" / "good.mid").read_bytes()[:60])
    (folder / "empty.mid").write_bytes(b"")
    (folder / "notes.txt").write_text("no MIDI at all")
    silent = mido.MidiFile()
    silent.tracks.append(mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1, time=0)]))
    silent.save(folder / "silent.MID")
    return folder


def test_what_cannot_be_used_is_skipped_and_named(folder: Path, tmp_path: Path) -> None:
    counts = corpus.prepare(folder, tmp_path / "packed")
    assert (counts["pieces"], counts["notes"], counts["skipped"]) == (1, 40, 5)
    skipped = dict(
        line.split("\t") for line in (tmp_path / "packed" / "skipped.tsv").read_text().splitlines()
    )
    assert set(skipped) == {
        "damaged.mid", "drums.mid", "empty.mid", "jazz/tiny.mid", "silent.MID"
    }  # fmt: skip
    assert "not a readable MIDI file" in skipped["damaged.mid"]
    assert "not a readable MIDI file" in skipped["empty.mid"]
    assert "has no notes" in skipped["drums.mid"]
    assert "has no notes" in skipped["silent.MID"]
    assert "only 3 notes" in skipped["jazz/tiny.mid"]


def test_what_was_packed_is_what_was_read(folder: Path, tmp_path: Path) -> None:
    corpus.prepare(folder, tmp_path / "packed")
    packed = corpus.load(tmp_path / "packed")
    (piece,) = packed.pieces
    assert (piece.path, piece.style, piece.hand) == ("jazz/good.mid", "jazz", "performed")
    assert piece.events == 80
    notes = packed.notes(piece)
    rows = scale(40)
    assert notes["key"].tolist() == [row[2] for row in rows]
    assert notes["velocity"].tolist() == [row[3] for row in rows]
    np.testing.assert_allclose(notes["onset"], [row[0] for row in rows], atol=1e-3)
    np.testing.assert_allclose(notes["offset"], [row[1] for row in rows], atol=1e-3)
    np.testing.assert_allclose(notes["beat"], [2 * row[0] for row in rows], atol=1e-3)
    assert len(np.unique(notes["part"])) == 2
    assert len(packed.pedals(piece)) == 0


def test_a_manifest_says_what_there_is(folder: Path, tmp_path: Path) -> None:
    (folder / "MANIFEST.tsv").write_text(
        COLUMNS
        + "jazz/good.mid\tpop909\tpop\t1\tvalid\n"
        + "jazz/gone.mid\twjazzd\tjazz\t0\ttrain\n"
    )
    counts = corpus.prepare(folder, tmp_path / "packed")
    assert (counts["pieces"], counts["skipped"]) == (1, 1)
    assert "gone.mid: no such file" in (tmp_path / "packed" / "skipped.tsv").read_text()
    (piece,) = corpus.load(tmp_path / "packed").split("valid")
    assert (piece.dataset, piece.style, piece.hand) == ("pop909", "pop", "sequenced")


def test_a_manifest_without_its_columns_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "MANIFEST.tsv").write_text("path\tstyle\njazz/good.mid\tjazz\n")
    with pytest.raises(ModelError, match=r"MANIFEST\.tsv: has no column dataset, is_performance"):
        corpus.prepare(folder, tmp_path / "packed")


def test_folders_without_music_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no MIDI files here"):
        corpus.prepare(tmp_path, tmp_path / "packed")
    (tmp_path / "damaged.mid").write_bytes(b"MThd")
    with pytest.raises(ModelError, match=r"none of its 1 files .*damaged\.mid"):
        corpus.prepare(tmp_path, tmp_path / "packed")
    with pytest.raises(ModelError, match="no packed corpus"):
        corpus.load(tmp_path / "packed")


def test_a_damaged_pack_is_refused(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "packed"
    corpus.prepare(folder, target)
    (target / "pieces.json").write_text('[{"path": "x"}]')
    with pytest.raises(ModelError, match="no packed corpus"):
        corpus.load(target)


def test_the_split_depends_on_the_name_alone(tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        for number in range(300):
            (tmp_path / place / f"piece {number}.mid").touch()
    rows = list(corpus.manifest_rows(tmp_path))
    sides: dict[str, set[str]] = {}
    for row in rows:
        sides.setdefault(Path(row["path"]).stem, set()).add(row["split"])
    assert all(len(side) == 1 for side in sides.values())
    held_out = [stem for stem, side in sides.items() if side == {"valid"}]
    assert 3 <= len(held_out) <= 30
    for path in (tmp_path / "a").iterdir():
        path.unlink()
    assert list(corpus.manifest_rows(tmp_path)) == [row for row in rows if row["path"][0] == "b"]


times = st.integers(0, 400).map(lambda ticks: ticks * 0.004)


@given(st.lists(st.tuples(times, times, st.integers(60, 63), st.integers(1, 127)), min_size=1))
def test_tidy_notes_never_overlap_on_a_key(rows: list[tuple[float, float, int, int]]) -> None:
    notes = notes_of(*((onset, onset + length, k, v) for onset, length, k, v in rows))
    tidy = _tidy_notes(notes)
    assert (np.diff(tidy["onset"]) >= 0).all()
    assert (tidy["offset"] > tidy["onset"]).all()
    for key in np.unique(notes["key"]):
        mine = tidy[tidy["key"] == key]
        assert len(mine) > 0
        assert (mine["offset"][:-1] <= mine["onset"][1:]).all()
        assert mine["onset"][0] == notes["onset"][notes["key"] == key].min()


def test_of_a_doubled_note_the_louder_is_kept() -> None:
    tidy = _tidy_notes(notes_of((0, 1, 60, 40), (0, 2, 60, 80), (0, 1, 64, 50)))
    assert tidy["velocity"].tolist() == [80, 50]


@given(st.lists(st.tuples(times, times)))
def test_pedals_go_down_and_up_in_turn(rows: list[tuple[float, float]]) -> None:
    moves = _tidy_pedals([(start, start + length) for start, length in rows])
    assert moves["down"].tolist() == [index % 2 == 0 for index in range(len(moves))]
    assert (np.diff(moves["time"]) >= 0).all()
