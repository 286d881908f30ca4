"""``python -m tests.golden.make``: write the golden sessions anew.

Only after a change that is meant to be heard: the difference belongs in the review of that change.
"""

import json
from pathlib import Path

from antiphon.daemon.session.journal import JOURNAL
from tests.golden.simulated import SCENES, recorded


def main() -> None:
    for name, scene in SCENES.items():
        folder = Path(__file__).parent / name
        folder.mkdir(exist_ok=True)
        lines = (json.dumps(entry, separators=(",", ":")) + "\n" for entry in recorded(scene))
        (folder / JOURNAL).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
