"""Models are measured where only what the daemon needs is installed, and with the same figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.daemon import cli
from tests.model.material import save_midi, scale

TRAINING_PACKAGES = ("torch", "symusic", "tqdm", "onnx", "matplotlib")

WITHOUT = f"""
import sys
for name in {TRAINING_PACKAGES}:
    sys.modules[name] = None  # importing it is an ImportError
from antiphon.daemon.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        save_midi(tmp_path / "folk" / f"{name}.mid", scale(120), tracks=2)
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ["--windows", "2"],
        ["--replies", "--windows", "2"],
        ["--together", "--windows", "1"],
        ["--duets"],
    ],
)
def test_figures_are_the_same_without_the_packages_for_training(
    words: list[str],
    folder: Path,
    models: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["evaluate", str(folder), "--model", str(models["int8"]), "--json", *words]
    command = [sys.executable, "-c", WITHOUT, *words]
    bare = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bare.stderr == ""
    assert cli.main(words) == 0
    assert json.loads(bare.stdout) == json.loads(capsys.readouterr().out)
