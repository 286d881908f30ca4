"""The rows of the table that a demo ends with. Pure."""

from collections.abc import Sequence
from typing import Final

from antiphon.daemon.bench.figures import spread
from antiphon.daemon.show.review import Turn

WITHOUT_TURNS: Final = ("together", "harmonise", "silent")


def played(turns: Sequence[Turn], mode: str) -> list[tuple[str, str]]:
    """How much the machine played and, where it plays in turn, how soon it entered."""
    notes = sum(turn.notes for turn in turns)
    if mode in WITHOUT_TURNS or not turns:
        return [("notes", str(notes))]
    delays = [turn.delay_s for turn in turns]
    each = ", ".join(f"{delay:.2f}" for delay in delays)
    return [
        ("replies", f"{len(turns)}, {notes} notes"),
        ("turn delay", f"{spread(delays).p50:.2f} s median ({each})"),
    ]
