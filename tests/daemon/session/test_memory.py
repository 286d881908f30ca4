import os
import subprocess
import sys

import pytest

from antiphon.daemon.session.memory import resident_mb


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_a_process_that_lives_has_memory_and_one_that_is_gone_has_none() -> None:
    own_mb = resident_mb(os.getpid())
    assert own_mb is not None
    assert 1 < own_mb < 10_000
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert resident_mb(gone.pid) is None
