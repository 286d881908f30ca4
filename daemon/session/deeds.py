"""What each of `controls.DEEDS` does to a daemon. Callers must not be made to wait."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.protocols import Ports
from antiphon.daemon.session.control import Table
from antiphon.daemon.session.panic import Panic

if TYPE_CHECKING:
    from antiphon.daemon.session.daemon import Daemon


Deed = Callable[[], Table | None]


def deeds(daemon: "Daemon", ports: Ports) -> Mapping[str, Deed]:
    """The deeds by name."""
    return {
        "panic": Panic(daemon.player.panic, ports.silence),
        "keep": partial(_keep, daemon),
        "tap": partial(_tap, daemon),
        "good": partial(daemon.likings.judge, good=True),
        "bad": partial(daemon.likings.judge, good=False),
        "forget": daemon.likings.forget,
    }


def _keep(daemon: "Daemon") -> None:
    def work() -> None:
        try:
            daemon.keep()
        except AntiphonError as error:
            daemon.trouble(str(error))

    # It waits for the disk.
    threading.Thread(target=work, name="keep", daemon=True).start()


def _tap(daemon: "Daemon") -> Table:
    beat = daemon.player.tap()
    if beat is None:
        return {"tempo_bpm": None}
    if daemon.controls.sync != "tap":
        # Who taps a tempo wants it to be followed.
        daemon.set({"sync": "tap"})
    return {"tempo_bpm": round(60.0 / beat.period, 1)}
