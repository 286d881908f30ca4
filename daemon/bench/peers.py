"""`antiphon bench --peers`: the same network by other means, and the field's own, beside ours.

Each runs in a process of its own, all on the same core, and in turns. They live in
`antiphon.export.peers`; nothing of them is imported here.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from antiphon.daemon.bench import contest
from antiphon.daemon.errors import AntiphonError

CONTEXT: Final = 512
ROUNDS: Final = 20
STEPS: Final = 40
UNTIMED: Final = 8
"""Steps of each round that find the caches as another has left them."""

EXTRA: Final = "pip install 'antiphon[bench]'"
PEERS: Final[Mapping[str, str]] = {
    contest.OURS: "pip install 'antiphon[train]'",
    contest.FLOOR: "pip install 'antiphon[train]'",
    "eager": "pip install 'antiphon[train]'",
    "compiled": "pip install 'antiphon[train]'",
    "transformers": EXTRA,
    "generate": EXTRA,
    "llamacpp": EXTRA,
    # It asks for an older PyTorch than the model is trained with, and works with this one.
    "notochord": f"{EXTRA}, then pip install --no-deps notochord==0.8.0",
}
"""Modules of `antiphon.export.peers`, and how to get what each needs."""

Say = Callable[[str], None]


class Contender:
    """One of them, in its process."""

    def __init__(self, process: "subprocess.Popen[str]", errors: Path) -> None:
        self._process = process
        self._errors = errors

    def answer(self) -> dict[str, Any]:
        """Its next line; one that died says so."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        line = self._process.stdout.readline()
        if line:
            found: dict[str, Any] = json.loads(line)
            return found
        last = self._errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return {"failed": last[-1] if last else f"ended with {self._process.wait()}"}

    def run(self, count: int) -> dict[str, Any]:
        """Let it take so many steps."""
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        try:
            self._process.stdin.write(f"{count}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        return self.answer()


def compare(model: Path, say: Say) -> dict[str, Any]:
    """Let all that are installed take steps in turns; figures and what was left out."""
    core = max(os.sched_getaffinity(0)) if sys.platform == "linux" else -1
    about: dict[str, str] = {}
    left_out: dict[str, str] = {}
    reads = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="antiphon-")))
        running: dict[str, Contender] = {}
        for name, install in PEERS.items():
            say(f"{name} ...")
            contender = stack.enter_context(started(name, model, core, folder))
            told = contender.answer()
            if "about" in told:
                about[name] = told["about"]
                reads = told["reads"] or reads
                running[name] = contender
            else:
                left_out[name] = why(told, install)
                _insist_on_ours(left_out)
        say(f"{ROUNDS} rounds ...")
        rounds = take_turns(running, left_out)
        _insist_on_ours(left_out)
    return {
        "model": model.name,
        "context": CONTEXT,
        "rounds": ROUNDS,
        "where": "not pinned to a core" if core < 0 else f"all on core {core}",
        "about": {name: about[name] for name in rounds},
        "left_out": left_out,
        **contest.figures(rounds, reads),
    }


def why(told: Mapping[str, Any], install: str) -> str:
    """What keeps one from running, and what to do about it."""
    if "missing" in told:
        return f"no {told['missing']} here: {install}"
    return str(told["failed"])


def take_turns(
    running: Mapping[str, Contender], left_out: dict[str, str]
) -> dict[str, list[list[float]]]:
    """Milliseconds of each one's steps, round by round; who fails meanwhile is left out."""
    rounds: dict[str, list[list[float]]] = {name: [] for name in running}
    for _ in range(ROUNDS):
        for name in list(rounds):
            told = running[name].run(UNTIMED + STEPS)
            if "ms" in told:
                rounds[name].append(told["ms"][UNTIMED:])
            else:
                left_out[name] = why(told, "")
                del rounds[name]
    return rounds


@contextmanager
def started(name: str, model: Path, core: int, folder: Path) -> Iterator[Contender]:
    """One of them in a process of its own, with its files in `folder`."""
    errors = folder / f"{name}.txt"
    words = (str(model), str(CONTEXT), str(core))
    with errors.open("w") as stderr:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "antiphon.export.peers", name, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                # Nothing is fetched, and nothing kept among the user's files.
                "HF_HUB_OFFLINE": "1",
                "XDG_DATA_HOME": str(folder),
            },
        )
    try:
        yield Contender(process, errors)
    finally:
        process.terminate()
        process.communicate()


def _insist_on_ours(left_out: Mapping[str, str]) -> None:
    if contest.OURS in left_out:
        raise AntiphonError(f"bench --peers: {left_out[contest.OURS]}")
