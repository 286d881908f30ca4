import os
import subprocess
import sys

import pytest

from antiphon.daemon.session.processor import used_s


def test_ones_own_time_is_known_and_that_of_nobody_is_not() -> None:
    used = used_s({"own": os.getpid(), "none": None})
    assert used["own"] is not None
    assert used["own"] > 0.0
    assert used["none"] is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only one's own is told")
def test_the_time_of_a_child_is_known_until_it_is_gone() -> None:
    # It says a line when it has worked, and waits for its end.
    work = "import time\nwhile time.process_time() < 0.05: pass\nprint(flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    spent = used_s({"child": child.pid})["child"]
    child.communicate()
    assert spent is not None
    assert 0.04 <= spent < 10.0
    assert used_s({"child": child.pid}) == {"child": None}
