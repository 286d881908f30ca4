"""The gallery: a short jam in each mode, as MIDI file and picture, and a page that shows them."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antiphon.daemon.demo.programme import Jam, Programme, play
from antiphon.daemon.errors import AntiphonError

FOLDER: Final = "gallery"
PAGE: Final = "README.md"
TITLE: Final = "# Gallery\n"
SEED: Final = 1
HEAD: Final = f"""{TITLE}
What `antiphon demo --gallery --out docs/gallery` makes, nothing chosen or mended. The player is a
recording, one of the phrases that come with Antiphon. The machine plays by its own settings, but
for those that are named, and with seed {SEED}. Time is simulated, so that on one computer the same
comes out every time, byte for byte; `antiphon demo` plays in real time. The mode `silent` has no
jam here: in it the machine only listens.
"""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What is played, and what to listen for."""

    programme: Programme
    words: str

    @property
    def name(self) -> str:
        """Of its files."""
        settings = [word for pair in self.programme.controls.items() for word in pair]
        return "-".join([self.programme.mode, self.programme.phrase, *settings])

    @property
    def heading(self) -> str:
        """Mode, phrase, and the controls that are set."""
        return (
            f"{self.programme.mode}: {', '.join([self.programme.phrase, *self.programme.settings])}"
        )


EXHIBITS: Final = (
    Exhibit(
        Programme("hymn", "reply", 3, SEED),
        "It answers each phrase of a hymn when the pianist pauses, for about as long or somewhat "
        "longer.",
    ),
    Exhibit(Programme("rag", "reply", 3, SEED), "The same with a rag."),
    Exhibit(
        Programme("march", "reply", 2, SEED, controls={"style": "jazz"}),
        "A march, answered as jazz.",
    ),
    Exhibit(
        Programme("hymn", "reply", 3, SEED, controls={"density": "0"}),
        "The hymn again, with a control at its end: as few notes as can be asked for.",
    ),
    Exhibit(
        Programme("waltz", "continue", 2, SEED),
        "It goes on with a waltz until the player comes in again, and is still at once; the second "
        "time, until the recording ends.",
    ),
    Exhibit(
        Programme("hymn", "together", 2, SEED), "It plays a part of its own beside the player's."
    ),
    Exhibit(
        Programme("march", "harmonise", 2, SEED),
        "It adds voices to each note as it is struck, or to one of those struck together, and lets "
        "them go with it.",
    ),
    Exhibit(
        Programme("rag", "trade", 3, SEED),
        "Four bars each by a sequencer's clock: it enters on the downbeat, as the player does, and "
        "has let go at the bar line.",
    ),
)


def make(folder: Path, jam: Jam, exhibits: Sequence[Exhibit] = EXHIBITS) -> int:
    """Play all, write the page; returns the exit code.

    Raises AntiphonError, with nothing written, where the page would take the place of another.
    """
    page = folder / PAGE
    if page.exists() and not page.read_text(encoding="utf-8", errors="replace").startswith(TITLE):
        raise AntiphonError(f"{page} is no gallery's: give another folder with --out")
    for exhibit in exhibits:
        sys.stdout.write(f"\n{exhibit.name}\n")
        play(exhibit.programme, folder / exhibit.name, jam)
    page.write_text(text(exhibits), encoding="utf-8")
    sys.stdout.write(f"\nwrote {page}\n")
    return 0


def text(exhibits: Sequence[Exhibit]) -> str:
    """The page, as Markdown."""
    shown = (
        f"\n## {exhibit.heading}\n\n"
        f"{exhibit.words} ([MIDI file]({exhibit.name}.mid))\n\n"
        f"![The jam as a piano roll: the player's notes and the machine's]({exhibit.name}.png)\n"
        for exhibit in exhibits
    )
    return HEAD + "".join(shown)
