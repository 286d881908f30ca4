import queue
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from antiphon.daemon.clock import Clock
from antiphon.daemon.controls import Controls
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Beat
from antiphon.daemon.session import linkside
from antiphon.daemon.session.linkbeat import Moment
from antiphon.daemon.session.linkside import LinkSide
from antiphon.daemon.session.stage import Deed
from tests.fakes import ManualClock

LINK = Controls(sync="link", beats_a_bar=3)


class Stand:
    """A side with a session that is not Link's; ``news`` is all that comes of it."""

    def __init__(self) -> None:
        self.news: queue.SimpleQueue[Beat | Deed | str] = queue.SimpleQueue()
        self.quantums: list[int] = []
        self.fails = False
        self.side = LinkSide(ManualClock(), self._follow, self.news.put, self._joined)

    def moment(self, quantum: int) -> Moment:
        self.quantums.append(quantum)
        return Moment(100.0, 4.0, 0.5, quantum, 2)

    @contextmanager
    def _joined(self, _: Clock) -> Iterator["Stand"]:
        if self.fails:
            raise AntiphonError("no session")
        self.news.put("joined")
        yield self
        self.news.put("left")

    def _follow(self, news: Iterable[Beat | Deed]) -> None:
        for item in news:
            self.news.put(item)

    def next(self) -> Beat | Deed | str:
        return self.news.get(timeout=20)


def test_the_session_is_joined_while_sync_has_it_so_and_then_left() -> None:
    stand = Stand()
    with stand.side as side:
        side.steer(Controls())
        side.steer(LINK)
        assert stand.next() == "joined"
        assert stand.next() == Beat("link", 100.0, 4.0, 0.5)
        assert side.table() == {"link_peers": 2}
        side.steer(Controls())
        assert stand.next() == "left"
        side.steer(LINK)
        assert stand.next() == "joined"
    assert side.table() == {"link_peers": None}
    assert set(stand.quantums) == {3}


def test_one_that_cannot_be_joined_is_a_trouble_once_until_it_is_wanted_anew() -> None:
    stand = Stand()
    stand.fails = True
    with stand.side as side:
        side.steer(LINK)
        assert stand.next() == "no session"
        side.steer(Controls(sync="link", beats_a_bar=3, density=0.5))
        side.steer(Controls())
        stand.fails = False
        side.steer(LINK)
        assert stand.next() == "joined"


def test_without_the_library_it_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    side = LinkSide(ManualClock(), lambda _: None, lambda _: None)
    side.check("heard")
    with pytest.raises(AntiphonError, match=r"pip install 'antiphon\[link\]'"):
        side.check("link")


def test_a_library_that_is_another_of_that_name_is_as_good_as_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.import_module", lambda _: object())
    with pytest.raises(AntiphonError, match=r"antiphon\[link\]"), linkside.joined(ManualClock()):
        pass
