import gc
import sys

import pytest

from antiphon.daemon.session import interpreter
from antiphon.daemon.session.interpreter import QUIET_S, SWITCH_S, Interpreter


class Ring:
    """Holds itself: only a collection frees it."""

    freed = 0

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        Ring.freed += 1


def test_it_collects_in_the_pause_after_playing_and_once() -> None:
    Ring.freed = 0
    with Interpreter() as collector:
        assert not gc.isenabled()
        assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
        collector.played(100.0)
        Ring()
        assert not collector.look(100.0 + QUIET_S / 2)
        assert Ring.freed == 0
        assert collector.look(100.0 + QUIET_S)
        assert Ring.freed == 1
        assert not collector.look(100.0 + 2 * QUIET_S)
        collector.played(110.0)
        assert collector.look(110.0 + QUIET_S)
    assert gc.isenabled()
    assert sys.getswitchinterval() > SWITCH_S


def test_who_never_pauses_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with Interpreter() as collector:
        monkeypatch.setattr(interpreter, "MOST_OBJECTS", 1)
        kept = [[number] for number in range(10)]
        collector.played(100.0)
        assert collector.look(100.0)
        assert len(kept) == 10
