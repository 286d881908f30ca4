"""Turns cut from playing whose beats are known, and where a scripted machine enters in them."""

import json
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon import cli
from antiphon.daemon.controls import Controls
from antiphon.export import trading
from antiphon.export.trading import Turn, entry_s, figured, turns
from tests.daemon.jam import ScriptedEngine
from tests.export.judges import steady
from tests.model.material import save_midi, scale

BEAT_S = 0.5
BEATS_S = np.arange(0.0, 40.0, BEAT_S)
TUNE = steady(BEAT_S / 2, 160, (60, 64, 67, 72))


def cut(length: int = 8, most: int = 3) -> list[Turn]:
    return turns(TUNE, BEATS_S, length, most, np.random.default_rng(1))


def test_a_turn_ends_before_the_beat_on_which_the_machine_is_to_enter() -> None:
    found = cut()
    assert len(found) == 3
    for turn in found:
        assert turn.due_s - turn.begins_s == pytest.approx(8 * BEAT_S)
        assert turn.notes["onset"].max() < turn.due_s - 0.1
        assert turn.beats_s[-1] == pytest.approx(turn.due_s - BEAT_S)
        assert turn.foreseen_s == pytest.approx(turn.due_s)
    assert not turns(TUNE[:20], BEATS_S, 8, 3, np.random.default_rng(1))


@pytest.mark.parametrize("way", ["tapped", "tapped before"])
def test_by_exact_taps_it_enters_on_the_beat(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trading, "JITTER_S", 0.0)
    controls = Controls(mode="trade", trade_bars=2, sync="tap")
    for turn in cut(most=1):
        found_s = entry_s(ScriptedEngine(), turn, way, controls, 1)
        assert found_s == pytest.approx(turn.due_s, abs=0.01)


def test_without_a_beat_it_does_not_enter() -> None:
    controls = Controls(mode="trade", trade_bars=2, sync="tap")
    assert entry_s(ScriptedEngine(), cut(most=1)[0], "heard", controls, 1) is None


def test_entries_are_counted_by_where_they_fall() -> None:
    found = figured(cut(most=3) + cut(most=2), [0.01, -BEAT_S, -0.1, -0.3, None])
    assert found["entered"] == pytest.approx(0.8)
    assert found["median_ms"] == pytest.approx(200.0)
    assert (found["on_beat"], found["on_another"], found["astray"]) == (0.2, 0.2, 0.4)


def test_the_command_reads_annotated_folders(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["evaluate", "trading", str(tmp_path), "--turns", "1", "--json"]
    assert cli.main(words) == cli.USER_ERROR
    save_midi(tmp_path / "a.mid", scale(160))
    (tmp_path / "a_annotations.txt").write_text("".join(f"{t}\tb\n" for t in BEATS_S))
    capsys.readouterr()
    assert cli.main(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["turns"] == 1
    assert set(found) == {"turns", "foreseen", *trading.WAYS}
    assert any("foreseen" in line for line in trading.table(found.pop("turns"), found))
