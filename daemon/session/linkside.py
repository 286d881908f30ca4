"""Keeps to Ableton Link's session while `sync` is `link`: a thread that looks at it now and then.

What follows from what it sees is decided elsewhere. Nothing of Link is loaded, and nothing of it
goes over the network, before somebody wants it.
"""

import importlib
import importlib.util
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, Self

from antiphon.daemon.clock import Clock
from antiphon.daemon.controls import Controls
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Beat
from antiphon.daemon.session.linkbeat import LinkFollower, Moment
from antiphon.daemon.session.stage import Deed

LOOKS_S = 0.05
"""A tempo that somebody changes is known so soon."""

TRIES = 3
"""Two clocks are read one after the other so often, and the pair taken that was read fastest."""

_MISSING = "sync=link needs a library: pip install 'antiphon[link]'"


class Session(Protocol):
    """A session of Link's that was joined."""

    def moment(self, quantum: int) -> Moment:
        """What it says now."""
        ...


Join = Callable[[Clock], AbstractContextManager[Session]]


class LinkSide:
    """A context manager: within it the session is joined and left as the controls have it.

    ``follow`` is told what is news, and ``trouble`` a line for the user; both on this thread.
    """

    def __init__(
        self,
        clock: Clock,
        follow: Callable[[Iterable[Beat | Deed]], None],
        trouble: Callable[[str], None],
        join: Join | None = None,
    ) -> None:
        self._clock, self._follow, self._trouble = clock, follow, trouble
        self._join = join or joined
        self._is_there = join is not None or importlib.util.find_spec("link") is not None
        self._wanted = self._quantum = 0
        self._peers: int | None = None
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def __enter__(self) -> Self:
        """Begin to heed the controls."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the session."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def check(self, sync: object) -> None:
        """Raise `AntiphonError` where that is wanted and is not installed."""
        if sync == "link" and not self._is_there:
            raise AntiphonError(_MISSING)

    def steer(self, controls: Controls) -> None:
        """Join the session or leave it, as the controls have it."""
        wanted = controls.beats_a_bar if controls.sync == "link" else 0
        with self._changed:
            if wanted != self._wanted:
                self._wanted = self._quantum = wanted
                self._changed.notify()

    def table(self) -> dict[str, Any]:
        """How many others share the session; None while it is not joined."""
        return {"link_peers": self._peers}

    def _run(self) -> None:
        while self._wait(lambda: self._quantum > 0):
            try:
                with self._join(self._clock) as session:
                    self._keep_to(session)
            except AntiphonError as error:
                self._trouble(str(error))
                # Once, until it is wanted anew.
                self._quantum = 0
            finally:
                self._peers = None

    def _wait(self, wanted: Callable[[], bool]) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or wanted())
            return not self._closing

    def _keep_to(self, session: Session) -> None:
        follower = LinkFollower()
        while (quantum := self._quantum) and not self._closing:
            moment = session.moment(quantum)
            self._peers = moment.peers
            self._follow(follower.take(moment))
            with self._changed:
                self._changed.wait_for(lambda: self._closing or not self._quantum, LOOKS_S)


class _Session:
    """Link's own, seen by our clock: theirs goes at another rate and has another zero."""

    # Any: the library is optional, and its types are nowhere when it is not installed.
    def __init__(self, link: Any, clock: Clock) -> None:
        self._link, self._clock = link, clock

    def moment(self, quantum: int) -> Moment:
        """What it says now."""
        _, time_s, now_us = min(self._now() for _ in range(TRIES))
        state = self._link.captureAppSessionState()
        playing = bool(state.isPlaying())
        began_us = state.timeForIsPlaying() if playing else now_us
        return Moment(
            time_s,
            state.beatAtTime(now_us, quantum),
            60.0 / state.tempo(),
            quantum,
            self._link.numPeers(),
            playing,
            state.beatAtTime(began_us, quantum),
        )

    def _now(self) -> tuple[float, float, int]:
        before_s = self._clock.now()
        now_us = self._link.clock().micros()
        took_s = self._clock.now() - before_s
        return took_s, before_s + took_s / 2, now_us


@contextmanager
def joined(clock: Clock) -> Iterator[Session]:
    """Link's session on this network; raises `AntiphonError` where it cannot be joined."""
    try:
        link = importlib.import_module("link").Link(120.0)
    except (ImportError, AttributeError):
        raise AntiphonError(_MISSING) from None
    except RuntimeError as error:
        raise AntiphonError(f"Ableton Link cannot be used here: {error}") from None
    link.startStopSyncEnabled = True
    link.enabled = True
    try:
        yield _Session(link, clock)
    finally:
        link.enabled = False
