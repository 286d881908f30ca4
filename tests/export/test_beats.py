"""Beats given are matched with true ones, one to one; the command reads annotated folders."""

import json
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon import cli
from antiphon.export.beats import agreement
from tests.model.material import save_midi, scale

TRUE = np.arange(0.0, 30.0, 0.5)


def test_agreement_counts_each_beat_once() -> None:
    assert agreement(TRUE, TRUE + 0.05) == pytest.approx(1.0, abs=0.02)
    assert agreement(TRUE, TRUE + 0.2) == 0.0
    assert agreement(TRUE, np.arange(0.0, 30.0, 0.25)) == pytest.approx(2 / 3, abs=0.02)
    assert agreement(TRUE, np.array([])) == 0.0


def test_the_command_reads_annotated_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", "beats", str(tmp_path)]) == cli.USER_ERROR
    save_midi(tmp_path / "a.mid", scale(80))
    (tmp_path / "a_annotations.txt").write_text("".join(f"{t}\tb\n" for t in TRUE[:40]))
    capsys.readouterr()
    assert cli.main(["evaluate", "beats", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert 0.0 <= found["mean"] <= 1.0
    (tmp_path / "a_annotations.txt").write_text("one\n")
    assert cli.main(["evaluate", "beats", str(tmp_path)]) == cli.USER_ERROR
