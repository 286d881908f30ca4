"""What a guardian hands on."""

import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.daemon.guardian.state import OPEN_FILES

HAND_ON = """
import os, socket, sys
from antiphon.daemon.guardian import state

sounding = os.open(sys.argv[1], os.O_RDWR)
os.set_inheritable(sounding, True)
connection, other = socket.socketpair()
connection.set_inheritable(True)
state.command = lambda _: [sys.executable, "-c", sys.argv[2]]
state.hand_on(state.State("jack", sounding, ""))
"""

LOOK = """
import os
for name in os.listdir("/proc/self/fd"):
    try:
        print(os.readlink(f"/proc/self/fd/{name}"))
    except OSError:
        pass
"""


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="this system does not list open files")
def test_the_next_guardian_inherits_what_sounds_and_no_connection(tmp_path: Path) -> None:
    sounding = tmp_path / "sounding"
    sounding.touch()
    program = [sys.executable, "-c", HAND_ON, str(sounding), LOOK]
    found = subprocess.run(program, capture_output=True, text=True, check=True).stdout.split("\n")
    assert str(sounding) in found
    assert not [name for name in found if name.startswith("socket:")]
