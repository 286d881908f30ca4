"""What clients may ask of a daemon: one table from request to answer.

Nothing is decided here; the parts of the daemon do what is asked, or say why they cannot.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from antiphon.daemon import controls
from antiphon.daemon.controls import DEEDS
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.protocols import Way
from antiphon.daemon.session.control import Table

if TYPE_CHECKING:
    from antiphon.daemon.session.daemon import Daemon

Answer = Callable[["Daemon", Table, int], Table]


def answered(daemon: "Daemon", request: Table, client: int) -> Table:
    """Do what a client asks; raises `AntiphonError` for what cannot be done."""
    name = request.get("do")
    if not isinstance(name, str) or name not in ANSWERS:
        *others, last = ANSWERS
        raise AntiphonError(f"cannot do {name!r}: {', '.join(others)} and {last} can be")
    return ANSWERS[name](daemon, request, client)


def _status(daemon: "Daemon", _: Table, __: int) -> Table:
    return {"status": daemon.status()}


def _get(daemon: "Daemon", _: Table, __: int) -> Table:
    return {"controls": controls.as_values(daemon.controls)}


def _set(daemon: "Daemon", request: Table, _: int) -> Table:
    values = request.get("values")
    if not isinstance(values, dict) or not values:
        raise AntiphonError("set needs values by name")
    return {"controls": daemon.set({str(name): str(text) for name, text in values.items()})}


def _do(daemon: "Daemon", request: Table, _: int) -> Table:
    name = request["do"]
    return {"done": name, **(daemon.deeds[name]() or {})}


def _record(daemon: "Daemon", request: Table, _: int) -> Table:
    on = request.get("on")
    if on is not None and not isinstance(on, bool):
        raise AntiphonError("record takes on: true or false")
    folder = daemon.recording if on is None else daemon.record(on=on)
    return {"recording": str(folder) if folder else None}


def _keep(daemon: "Daemon", _: Table, __: int) -> Table:
    return {"kept": str(daemon.keep())}


def _play(daemon: "Daemon", request: Table, client: int) -> Table:
    daemon.remote.play(client, request.get("data"))
    return {"done": "play"}


def _own(daemon: "Daemon", _: Table, client: int) -> Table:
    daemon.owner = client
    return {"done": "own"}


def _ports(daemon: "Daemon", _: Table, __: int) -> Table:
    return {"ports": {**daemon.plugs.table(), "names": daemon.plugs.names()}}


def _connect(daemon: "Daemon", request: Table, _: int) -> Table:
    chosen = {way: request[way.value] for way in Way if way.value in request}
    if not chosen or not all(isinstance(wanted, str) for wanted in chosen.values()):
        raise AntiphonError(f"connect needs the name of one of: {', '.join(w.value for w in Way)}")
    for way, wanted in chosen.items():
        daemon.plugs.choose(way, wanted)
    return {"ports": daemon.plugs.table()}


def _learn(daemon: "Daemon", request: Table, client: int) -> Table:
    knobs = daemon.knobs
    wishes = {
        "target": lambda target: knobs.learn(target, client),
        "forget": knobs.forget,
        "map": knobs.use_map,
    }
    for name, wish in wishes.items():
        if name in request:
            wish(str(request[name]))
    if request.get("stop"):
        knobs.stop_learning()
    return knobs.table()


def _stop(daemon: "Daemon", _: Table, __: int) -> Table:
    daemon.stop()
    return {"done": "stop"}


ANSWERS: Mapping[str, Answer] = {
    "status": _status,
    "get": _get,
    "set": _set,
    "watch": _status,
    "play": _play,
    **dict.fromkeys(DEEDS, _do),
    "record": _record,
    # Not as a deed: whoever asks wants to know where.
    "keep": _keep,
    "ports": _ports,
    "connect": _connect,
    "learn": _learn,
    "own": _own,
    "stop": _stop,
}
