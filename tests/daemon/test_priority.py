import _thread
import os
import subprocess
import sys
import threading

import pytest

from antiphon.daemon import priority

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="told on Linux alone")


def refuse(*_: object) -> None:
    raise PermissionError


def of_a_child() -> list[int]:
    program = "import os; print(os.sched_getscheduler(0), os.sched_getparam(0).sched_priority)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return [int(number) for number in told.stdout.split()]


def test_where_it_is_refused_everything_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert not priority.ask()
    assert not priority.granted()
    with priority.handed_down(0):
        assert of_a_child() == [os.SCHED_OTHER, 0]


def test_threads_have_it_and_processes_what_they_are_given() -> None:
    found: list[bool] = []
    with priority.raised():
        if not priority.granted():
            pytest.skip("this user may not")
        thread = threading.Thread(target=lambda: found.append(priority.granted()))
        thread.start()
        thread.join()
        with priority.handed_down(0):
            assert of_a_child() == [os.SCHED_OTHER, 0]
        with priority.handed_down(priority.LOADING):
            assert of_a_child() == [os.SCHED_RR, priority.LOADING]
        assert priority.granted()
    assert found == [True]
    assert not priority.granted()


def test_threads_that_a_library_started_get_it_too() -> None:
    asked, answered, found = threading.Lock(), threading.Lock(), []

    def library() -> None:
        priority.fall_back()
        answered.release()
        with asked:
            found.append(priority.granted())
        answered.release()

    with priority.raised(), asked:
        if not priority.granted():
            pytest.skip("this user may not")
        answered.acquire()
        # Past `threading`, which knows all that Python started.
        _thread.start_new_thread(library, ())
        answered.acquire()
        priority.spread()
    answered.acquire()
    assert found == [True]
