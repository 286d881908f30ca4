import threading

from antiphon.daemon.session.panic import Panic


def test_panic_comes_back_when_all_is_silent() -> None:
    done: list[str] = []
    Panic(lambda: done.append("silent"), lambda: done.append("past it"))()
    assert done == ["silent"]


def test_what_hangs_is_gone_past_and_holds_nobody_up() -> None:
    past_it: list[str] = []
    go_on, ended = threading.Event(), threading.Event()

    def hang() -> None:
        go_on.wait(20)
        ended.set()

    panic = Panic(hang, lambda: past_it.append("past it"))
    for count in (1, 2, 3):
        panic()
        assert len(past_it) == count
    go_on.set()
    assert ended.wait(20)
