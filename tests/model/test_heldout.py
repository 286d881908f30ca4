"""Which files of a folder are measured on."""

from pathlib import Path

import pytest

from antiphon.model import heldout
from antiphon.model.errors import ModelError
from tests.model.material import save_midi, scale

SPLITS = {"train": 4, "valid": 3, "test": 2, "none": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """So many files of each split, of two data sets in turn."""
    lines = ["path\tdataset\tstyle\tis_performance\tsplit"]
    for split, count in SPLITS.items():
        for number in range(count):
            name = f"{split}{number}.mid"
            save_midi(tmp_path / name, scale())
            lines.append(f"{name}\t{'ab'[number % 2]}\tfolk\t1\t{split}")
    (tmp_path / "MANIFEST.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path


def names(folder: Path, split: str | None, pieces: int | None = None, seed: int = 0) -> list[str]:
    packed = heldout.held_out(folder, None, None, split=split, pieces=pieces, seed=seed)
    return [piece.path.removesuffix(".mid") for piece in packed.pieces]


def test_each_split_can_be_read_and_valid_is_the_usual_one(folder: Path) -> None:
    for split, count in SPLITS.items():
        assert names(folder, split) == [f"{split}{number}" for number in range(count)]
    assert names(folder, None) == names(folder, "valid")


def test_so_many_pieces_of_each_data_set_are_drawn(folder: Path) -> None:
    assert names(folder, "train", 2) == ["train0", "train1", "train2", "train3"]
    drawn = {tuple(names(folder, "train", 1, seed)) for seed in range(20)}
    assert {len(pair) for pair in drawn} == {2}
    assert len(drawn) == 4
    assert names(folder, "train", 1, 7) == names(folder, "train", 1, 7)


def test_a_split_that_is_not_there_is_named(folder: Path) -> None:
    manifest = folder / "MANIFEST.tsv"
    manifest.write_text(manifest.read_text().replace("\ttest", "\ttrain"))
    with pytest.raises(ModelError, match="nothing of split test; it has none, train, valid"):
        names(folder, "test")
    manifest.unlink()
    with pytest.raises(ModelError, match=r"no MANIFEST\.tsv, so no splits; omit --split"):
        names(folder, "test")
    assert len(names(folder, None)) == sum(SPLITS.values())
