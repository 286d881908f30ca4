"""Beats given are matched with true ones, one to one; the command reads folders that know them."""

import json
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon import cli
from antiphon.export.beats import agreement
from tests.model.material import save_midi, scale

TRUE = np.arange(0.0, 30.0, 0.5)


def test_agreement_counts_each_beat_once() -> None:
    assert agreement(TRUE, TRUE + 0.05) == pytest.approx((1.0, 1.0), abs=0.02)
    assert agreement(TRUE, TRUE + 0.2) == (0.0, 0.0)
    assert agreement(TRUE, np.arange(0.0, 30.0, 0.25)) == pytest.approx((1.0, 2 / 3), abs=0.02)
    assert agreement(TRUE, TRUE[::2]) == pytest.approx((0.5, 2 / 3), abs=0.02)
    assert agreement(TRUE, np.array([])) == (0.0, 0.0)


def judged(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, dict[str, float]]:
    capsys.readouterr()
    assert cli.main(["evaluate", "beats", *words, "--json"]) == 0
    found: dict[str, dict[str, float]] = json.loads(capsys.readouterr().out)
    return found


def test_the_command_reads_annotated_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "beats", str(tmp_path)]) == cli.USER_ERROR
    save_midi(tmp_path / "a.mid", scale(80))
    (tmp_path / "a_annotations.txt").write_text("".join(f"{t}\tb\n" for t in TRUE[:40]))
    mean = judged(capsys, str(tmp_path))["mean"]
    assert 0.0 <= mean["f"] <= mean["level_f"] <= 1.0
    (tmp_path / "a_annotations.txt").write_text("one\n")
    assert cli.main(["evaluate", "beats", str(tmp_path)]) == cli.USER_ERROR


def test_the_command_takes_the_held_out_pieces_of_a_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = ["path\tdataset\tstyle\tis_performance\tsplit"]
    for name, dataset, split in (
        ("a_001", "maps", "valid"),
        ("b_002", "maps", "train"),
        ("c_003", "other", "valid"),
    ):
        save_midi(tmp_path / f"{name}.mid", scale(80))
        rows.append(f"{name}.mid\t{dataset}\tclassical\t1\t{split}")
    (tmp_path / "MANIFEST.tsv").write_text("\n".join(rows) + "\n")
    assert set(judged(capsys, str(tmp_path))["pieces"]) == {"a_001", "c_003"}
    assert set(judged(capsys, str(tmp_path), "--dataset", "maps")["pieces"]) == {"a_001"}
    unlabelled = ["evaluate", "beats", str(tmp_path), "--labels", str(tmp_path / "labels")]
    assert cli.main(unlabelled) == cli.USER_ERROR
