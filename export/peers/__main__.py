"""One contender in a process of its own, on one core: a line in, a line of JSON out.

The first line out says what it is, or what is missing. Each line in is a number of steps, and each
line out the milliseconds that they took.
"""

import importlib
import json
import os
import sys
from pathlib import Path
from typing import TextIO

from antiphon.daemon.errors import AntiphonError
from antiphon.model.errors import ModelError


def main(name: str, model: Path, context: int, core: int) -> int:
    """Prepare, then answer until nobody asks; ``core`` -1 leaves it to the system."""
    with _answers() as out:
        if core >= 0 and sys.platform == "linux":
            os.sched_setaffinity(0, {core})
        try:
            module = importlib.import_module(f"antiphon.export.peers.{name}")
            contender = module.prepare(model, context)
        except ModuleNotFoundError as error:
            _say(out, {"missing": error.name})
            return 0
        except (AntiphonError, ModelError) as error:
            _say(out, {"failed": str(error)})
            return 0
        except Exception as error:
            # Whatever ails one of them, the others are measured.
            _say(out, {"failed": " ".join(f"{error!r}".split())[:200]})
            return 0
        _say(out, {"about": contender.about, "reads": contender.reads})
        for line in sys.stdin:
            _say(out, {"ms": contender.steps(int(line))})
    return 0


def _answers() -> TextIO:
    # Libraries print where they please: what they print must not come between the answers.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def _say(out: TextIO, answer: dict[str, object]) -> None:
    out.write(json.dumps(answer) + "\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
