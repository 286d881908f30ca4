"""Ableton Link with the real library, in a network namespace: no packet can leave this machine."""

import importlib.util
import json
import shutil
import subprocess
import sys
from typing import Any

import pytest

from antiphon.daemon.session.stage import Deed
from tests.end_to_end.linked import SECOND_BPM

ALONE = ["unshare", "--net", "--map-root-user"]
SET_UP = "ip link set lo up multicast on && ip route add 224.0.0.0/4 dev lo"


def has_namespaces() -> bool:
    if not (shutil.which("unshare") and shutil.which("ip")):
        return False
    made = subprocess.run([*ALONE, "sh", "-c", SET_UP], capture_output=True, check=False)
    return made.returncode == 0


@pytest.mark.skipif(importlib.util.find_spec("link") is None, reason="needs antiphon[link]")
def test_the_daemons_side_keeps_to_the_tempo_bars_and_song_of_another() -> None:
    if not has_namespaces():
        pytest.skip("needs network namespaces (unshare, ip)")
    command = [*ALONE, "sh", "-c", f'{SET_UP} && exec "$@"', "sh"]
    run = subprocess.run(
        [*command, sys.executable, "-m", "tests.end_to_end.linked"],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told: list[dict[str, Any]] = [json.loads(line) for line in run.stdout.splitlines()]
    assert not [line for line in told if "problem" in line]
    beats = [line for line in told if "beat" in line]
    # A quarter of a beat: the bar lines are the same, however busy the machine is.
    assert all(abs(line["off_ms"]) < 60_000 / line["bpm"] / 4 for line in beats)
    assert beats[-1]["bpm"] == pytest.approx(SECOND_BPM)
    running = [line["beat"] for line in beats if line["running"]]
    assert 0.0 in running
    stopped = told.index({"deed": Deed.STOPPED.value})
    assert all(line["counted"] and not line["running"] for line in told[stopped + 1 :])
