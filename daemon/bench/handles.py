"""How soon what the player changes is heeded, and what panels cost the music.

A daemon as a user starts it, real panels in terminals of their own, a controller that is a JACK
client. When the performer takes note of a change, the journal tells.
"""

import json
import os
import pty
import random
import subprocess
import tempfile
import termios
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from antiphon.daemon import midi
from antiphon.daemon.bench import jackd, jitter, rig
from antiphon.daemon.bench.figures import plain, spread, table
from antiphon.daemon.bench.processes import processor_s
from antiphon.daemon.clock import Clock
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session.journal import JOURNAL

CONTROL: Final = "density"
KNOB: Final = 21
CHANGES: Final = 200
PLACES: Final = (64, 68)
"""Where the knob goes to and fro: near enough for it to keep its control in hand."""
CHOOSE: Final = b"4"
ARROWS: Final = (b"\x1b[C", b"\x1b[D")

PANELS: Final = (0, 1, 20)
NOTES: Final = 1000
SIZE: Final = (24, 80)
DRAWN: Final = b"panic"
DRAWN_TIMEOUT_S: Final = 60.0
SETTLE_S: Final = 1.0

_TOLD: Final = {"Sent", "Withdrawn", "Settings", "Ask", "Beat", "Judge", "Verdict", "Forget"}
_LEARNED: Final = f'"cc {KNOB}" = "{CONTROL}"\n'


def figures(clock: Clock, say: Callable[[str], None]) -> dict[str, Any]:
    """All of it, on a private JACK server; raises AntiphonError where there is none."""
    if not jackd.available():
        raise AntiphonError("no jackd here: keys, knobs and panels are measured on JACK")
    with jackd.private_server():
        say("keys and knobs ...")
        heard = heeded(clock)
        say("panels ...")
        return {"heeded_ms": heard, "panels": {str(count): cost(count, clock) for count in PANELS}}


def as_text(found: Mapping[str, Any]) -> str:
    """The figures as a table."""
    rows = []
    for name, ms in found["heeded_ms"].items():
        values = " / ".join(f"{ms[part]:.1f}" for part in ("p50", "p95", "p99", "most"))
        heard = f"{values} ms (p50 / p95 / p99 / most) of {ms['count']}"
        rows.append((f"{name} to the performer's next step", heard))
    for count, one in found["panels"].items():
        late = one["lateness"]
        values = " / ".join(f"{late[part]:.2f}" for part in ("p50_ms", "p99_ms", "max_ms"))
        share = "not told here" if one["share"] is None else f"{one['share']:.1%} of a core"
        rows.append((f"{count} panels", f"{share}; late {values} ms (p50 / p99 / most)"))
    return table(rows)


class Panel:
    """`antiphon panel` in a terminal of its own, whose picture is read and thrown away."""

    def __init__(self, daemon: rig.Running, folder: Path) -> None:
        self._keyboard, terminal = pty.openpty()
        termios.tcsetwinsize(terminal, SIZE)
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [str(rig.PROGRAM), "panel", "--socket", str(daemon.socket)],
            stdin=terminal,
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "TERM": "xterm-256color", "XDG_CONFIG_HOME": str(folder)},
            start_new_session=True,
        )
        os.close(terminal)
        self._drawn = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_drawn(self) -> None:
        """Wait for its first picture; raises AntiphonError if there is none."""
        if not self._drawn.wait(DRAWN_TIMEOUT_S):
            raise AntiphonError("a panel shows nothing")

    def press(self, keys: bytes) -> None:
        """Type, as a terminal sends it."""
        os.write(self._keyboard, keys)

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait()
        self._reader.join()
        os.close(self._keyboard)

    def _read(self) -> None:
        latest = b""
        # The end of a terminal is an error to read.
        with suppress(OSError):
            while read := os.read(self._keyboard, 1 << 16):
                if not self._drawn.is_set():
                    latest += read
                    if DRAWN in latest:
                        self._drawn.set()


@contextmanager
def panels(count: int, daemon: rig.Running, folder: Path) -> Iterator[list[Panel]]:
    """So many panels of a daemon, each with its picture on the screen."""
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            opened.append(Panel(daemon, folder))
            stack.callback(opened[-1].close)
        for panel in opened:
            panel.wait_drawn()
        yield opened


def heeded(clock: Clock) -> dict[str, dict[str, float]]:
    """Milliseconds from a key of the panel, and from a knob, to the performer's next step.

    Somebody plays meanwhile, and the machine plays along.
    """
    with tempfile.TemporaryDirectory(prefix="antiphon-") as name:
        folder = Path(name)
        learned = folder / "learned.toml"
        learned.write_text(_LEARNED, encoding="utf-8")
        settings = f'[controller]\nlearned = "{learned}"\n'
        with rig.running(folder, settings=settings) as daemon:
            daemon.wait_ready()
            daemon.set(mode="together")
            with panels(1, daemon, folder) as (panel,), rig.Keyboard(name="keys") as keys:
                threading.Event().wait(SETTLE_S)
                panel.press(CHOOSE)
                arrows = [lambda key=key: panel.press(key) for key in ARROWS]
                places = [midi.control_change(0, KNOB, place) for place in PLACES]
                turns = [lambda data=data: keys.feed(data) for data in places]
                sent = {
                    "key": _changed(arrows, keys, clock),
                    "knob": _changed(turns, keys, clock),
                }
        [path] = folder.glob(f"jams/*/{JOURNAL}")
        with path.open(encoding="utf-8") as lines:
            taken = list(taken_s(map(json.loads, lines), CONTROL))
    delays = {name: [s * 1e3 for s in delays_s(times, taken)] for name, times in sent.items()}
    return {name: {**plain(spread(ms)), "count": len(ms)} for name, ms in delays.items()}


def _changed(
    changes: Sequence[Callable[[], None]], keys: rig.Keyboard, clock: Clock
) -> list[float]:
    """Make changes in turns while somebody plays; when each was made."""
    random_gaps = random.Random(1)  # noqa: S311 - nothing secret
    pause = threading.Event()
    times = []
    for turn in range(CHANGES):
        key = 60 + turn * 5 % 24
        keys.feed(midi.note_on(0, key, 70))
        # Uneven, so that no change keeps step with the server's periods, nor with a redraw.
        pause.wait(random_gaps.uniform(0.0, 0.06))
        times.append(clock.now())
        changes[turn % len(changes)]()
        pause.wait(random_gaps.uniform(0.06, 0.12))
        keys.feed(midi.note_off(0, key))
    return times


def taken_s(journal: Iterable[Mapping[str, Any]], control: str) -> Iterator[float]:
    """When the performer took note of each change of a control, as a journal from its start tells.

    It takes messages in the order in which it is told them. Raises AntiphonError where there were
    two performers.
    """
    told: deque[Mapping[str, Any]] | None = None
    for entry in journal:
        if entry["is"] == "Began":
            if told is not None:
                raise AntiphonError("the performer was lost while it was measured")
            told = deque([{"is": "Settings"}, {"is": "Ask"}])
        elif told is None:
            continue
        elif entry["is"] in _TOLD or (entry["is"] == "Heard" and entry["seq"]):
            told.append(entry)
        elif entry["is"] == "Took":
            for time_s in entry["times"][:-1]:
                if control in told.popleft().get("values", {}):
                    yield float(time_s)


def delays_s(made_s: Sequence[float], taken: Sequence[float]) -> list[float]:
    """From each change to when it was taken note of, before the next; those that were not, not."""
    found = []
    for begin_s, end_s in zip(made_s, [*made_s[1:], float("inf")], strict=True):
        later = next((time_s for time_s in taken if time_s >= begin_s), None)
        if later is not None and later < end_s:
            found.append(later - begin_s)
    return found


def cost(count: int, clock: Clock) -> dict[str, Any]:
    """How late notes are under so many panels, and the share of a core of the session process."""
    with (
        tempfile.TemporaryDirectory(prefix="antiphon-") as name,
        rig.running(Path(name), performer=jitter.metronome(NOTES)) as daemon,
    ):
        daemon.wait_ready()
        with panels(count, daemon, Path(name)):
            threading.Event().wait(SETTLE_S)
            began_s, before_s = clock.now(), processor_s(daemon.process.pid)
            lateness = jitter.lateness_of(NOTES, daemon, clock)
            took_s, after_s = clock.now() - began_s, processor_s(daemon.process.pid)
    share = None if before_s is None or after_s is None else (after_s - before_s) / took_s
    return {"share": share, "lateness": lateness}
