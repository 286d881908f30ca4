"""The peers by stand-ins: who is missing, who fails, who dies, and whose turn it is."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from antiphon.daemon.bench import peers
from antiphon.daemon.errors import AntiphonError

GOOD = 'say({"about": "good", "reads": 0})\nfor line in sys.stdin: say({"ms": [1.0] * int(line)})'
SLOW = 'say({"about": "slow", "reads": 0})\nfor line in sys.stdin: say({"ms": [3.0] * int(line)})'
FLOOR = GOOD.replace('"reads": 0', '"reads": 5')
MISSING = 'say({"missing": "gguf"})'
FAILED = 'say({"failed": "no compiler"})'
DEAD = 'sys.exit("out of memory")'
DIES = 'say({"about": "dies", "reads": 0})\nsys.stdin.readline()\nsys.exit("killed")'

Stand = Callable[..., None]


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """Have programs of a few lines stand in for the peers."""

    def put(**programs: str) -> None:
        folder = tmp_path / "antiphon" / "export" / "peers"
        folder.mkdir(parents=True)
        for package in (folder, folder.parent, folder.parent.parent):
            (package / "__init__.py").touch()
        (folder / "__main__.py").write_text(
            "import json, sys\n"
            "def say(answer): print(json.dumps(answer), flush=True)\n"
            f"exec({programs!r}[sys.argv[1]])\n"
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(peers, "PEERS", dict.fromkeys(programs, "pip install it"))
        monkeypatch.setattr(peers, "ROUNDS", 3)

    return put


def compare() -> dict[str, object]:
    return peers.compare(Path("model.onnx"), lambda _: None)


def test_all_take_turns(stand: Stand) -> None:
    stand(engine=GOOD, floor=FLOOR, eager=SLOW)
    found = compare()
    assert found["times_ours"] == {"eager": {"p50": 3.0, "p05": 3.0, "p95": 3.0}}
    assert found["about"] == {"engine": "good", "floor": "good", "eager": "slow"}
    assert json.loads(json.dumps(found)) == found


def test_who_cannot_take_part_is_named(stand: Stand) -> None:
    stand(engine=GOOD, llamacpp=MISSING, compiled=FAILED, eager=DEAD, notochord=DIES)
    assert compare()["left_out"] == {
        "llamacpp": "no gguf here: pip install it",
        "compiled": "no compiler",
        "eager": "out of memory",
        "notochord": "killed",
    }


@pytest.mark.parametrize("fault", [FAILED, DEAD, DIES])
def test_without_ours_there_is_nothing_to_compare(stand: Stand, fault: str) -> None:
    stand(engine=fault, eager=SLOW)
    with pytest.raises(AntiphonError, match=r"--peers: (no compiler|out of memory|killed)"):
        compare()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux pins a process to a core")
def test_all_are_told_one_core(stand: Stand) -> None:
    telling = 'say({"about": " ".join(sys.argv[2:]), "reads": 0})\n' + GOOD.split("\n")[1]
    stand(engine=telling, eager=telling)
    core = max(os.sched_getaffinity(0))
    assert compare()["about"] == dict.fromkeys(("engine", "eager"), f"model.onnx 512 {core}")
