"""Nothing of what happens here is counted or kept for anybody else."""

import os
import subprocess
import sys
from pathlib import Path


def test_a_model_that_loads_leaves_nothing_in_the_home_folder(tmp_path: Path) -> None:
    program = "from antiphon.daemon.performer.loading import load\nload('', 'cpu', 1, None)\n"
    given = {name: value for name, value in os.environ.items() if not name.startswith("ORT_")}
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / ".cache")}
    subprocess.run([sys.executable, "-c", program], env={**given, **home}, check=True)
    assert not list(tmp_path.rglob("*"))
