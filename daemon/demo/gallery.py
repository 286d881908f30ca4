"""The gallery: a short jam in each mode, as MIDI file and picture, and a page that shows them."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

PAGE: Final = "README.md"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """What is played, in which mode, and what to listen for."""

    mode: str
    phrase: str
    turns: int
    seed: int
    words: str
    style: str | None = None

    @property
    def name(self) -> str:
        """Of its files."""
        return "-".join(word for word in (self.mode, self.phrase, self.style) if word)

    @property
    def heading(self) -> str:
        """Mode, phrase, and the style if it is told one."""
        return f"{self.mode}: {self.phrase}" + (f" as {self.style}" if self.style else "")


EXHIBITS: Final = (
    Exhibit("reply", "hymn", 3, 1, "It answers each phrase of a hymn, about as long as the call."),
    Exhibit("reply", "rag", 3, 1, "The same with a rag."),
    Exhibit("reply", "march", 2, 1, "A march, answered as jazz.", "jazz"),
    Exhibit("continue", "waltz", 2, 1, "It goes on with a waltz until the player comes in again."),
    Exhibit("together", "hymn", 2, 1, "It plays a part of its own beside the player's."),
    Exhibit("harmonise", "march", 2, 1, "It adds voices to each note as it is struck."),
    Exhibit(
        "trade", "rag", 2, 1, "Four bars each from the player's first note on, in the tempo heard."
    ),
)


class Play(Protocol):
    """Plays one exhibit."""

    def __call__(self, **options: object) -> object:
        """Write the MIDI file and the picture beside the option `stem`."""


def make(folder: Path, play: Play) -> int:
    """Play all, write the page; returns the exit code."""
    for exhibit in EXHIBITS:
        sys.stdout.write(f"\n{exhibit.name}\n")
        play(
            mode=exhibit.mode,
            phrase=exhibit.phrase,
            turns=exhibit.turns,
            seed=exhibit.seed,
            style=exhibit.style,
            stem=folder / exhibit.name,
        )
    (folder / PAGE).write_text(page(EXHIBITS), encoding="utf-8")
    sys.stdout.write(f"\nwrote {folder / PAGE}\n")
    return 0


def page(exhibits: tuple[Exhibit, ...]) -> str:
    """The page, as Markdown."""
    head = (
        "# Gallery\n\n"
        "Each mode as it played when this page was made, in real time, nothing chosen or mended:\n"
        "`antiphon demo --gallery --out docs/gallery`. The player is a recording, from "
        "[these phrases](../../daemon/demo/phrases/README.md).\n"
    )
    shown = (
        f"\n## {exhibit.heading}\n\n"
        f"{exhibit.words} ([MIDI file]({exhibit.name}.mid))\n\n"
        f"![The jam as a piano roll: the player's notes and the machine's]({exhibit.name}.png)\n"
        for exhibit in exhibits
    )
    return head + "".join(shown)
