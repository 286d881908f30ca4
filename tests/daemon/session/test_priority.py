import os
import subprocess
import sys
import threading

import pytest

from antiphon.daemon.session import priority

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="told on Linux alone")


def refuse(*_: object) -> None:
    raise PermissionError


def of_a_child() -> int:
    program = "import os; print(os.sched_getscheduler(0))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return int(told.stdout)


def test_where_it_is_refused_everything_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert not priority.ask()
    assert not priority.granted()
    with priority.ordinary():
        assert of_a_child() == os.SCHED_OTHER


def test_threads_have_it_and_processes_do_not() -> None:
    found: list[bool] = []
    with priority.raised():
        if not priority.granted():
            pytest.skip("this user may not")
        thread = threading.Thread(target=lambda: found.append(priority.granted()))
        thread.start()
        thread.join()
        with priority.ordinary():
            assert of_a_child() == os.SCHED_OTHER
        assert priority.granted()
    assert found == [True]
    assert not priority.granted()
