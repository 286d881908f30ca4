"""Makes docs/panel.png anew: `python -m tests.docs.panel_picture` (`make panel-picture`).

A daemon is played to on a private JACK server, and what it tells is drawn as the panel draws it.
"""

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont

from antiphon.daemon.bench.jackd import private_server
from antiphon.daemon.bench.rig import Keyboard, Running, running
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.demo.programme import load_calls
from antiphon.daemon.panel import desk as desks
from antiphon.daemon.panel.desk import Desk
from antiphon.daemon.panel.layout import Screen, picture
from antiphon.daemon.panel.looks import BLOCKS, STYLES
from antiphon.daemon.panel.roll import MACHINE
from antiphon.daemon.session import control
from tests.docs.pages import ROOT

PATH = ROOT / "docs" / "panel.png"
SIZE = 100, 30
CELL = 10, 20
MARGIN = 12
GROUND, INK = "#17181c", "#d8d8d8"
PHRASE = "rag"
INTO_REPLY_S = 2.5
LONGEST_S = 60.0

FONT = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSansMono.ttf"

BLOCK_SHAPES = {
    "█": (0.0, 1.0),
    "▀": (0.0, 0.5),
    "▄": (0.5, 1.0),
    "▁": (0.85, 1.0),
    "▔": (0.0, 0.15),
    "━": (0.42, 0.58),
}
"""Where these are filled, from top to bottom: those of a font leave gaps between cells."""


def drawn(screen: Screen) -> Image.Image:
    """A screen of `SIZE` as a terminal shows it."""
    (columns, rows), (width, height) = SIZE, CELL
    extent = columns * width + 2 * MARGIN, rows * height + 2 * MARGIN
    image = Image.new("RGB", extent, GROUND)
    pen, font = ImageDraw.Draw(image), ImageFont.truetype(str(FONT), 16)
    for row, column, style, char in _cells(screen):
        ink, ground = _colours(style)
        left, top = MARGIN + column * width, MARGIN + row * height
        pen.rectangle((left, top, left + width - 1, top + height - 1), ground)
        if char in BLOCK_SHAPES:
            upper, lower = (round(share * height) for share in BLOCK_SHAPES[char])
            pen.rectangle((left, top + upper, left + width - 1, top + lower - 1), ink)
        else:
            pen.text((left, top), char, ink, font)
    return image


def _cells(screen: Screen) -> Iterator[tuple[int, int, str, str]]:
    for row, line in enumerate(screen.lines):
        column = 0
        for style, text in line:
            for char in text:
                yield row, column, style, char
                column += 1


def _colours(style: str) -> tuple[str, str]:
    words = STYLES.get(style.removeprefix("class:"), "").split()
    ink = next((word for word in words if word.startswith("#")), INK)
    ground = next((word.removeprefix("bg:") for word in words if word.startswith("bg:")), GROUND)
    return (ground, ink) if "reverse" in words else (ink, ground)


def replying(daemon: Running) -> tuple[Desk, float]:
    """What the panel knows a while into a reply to the first call of a phrase, and when that is."""
    clock = MonotonicClock()
    desk = Desk(version("antiphon"))
    end_s = clock.now() + LONGEST_S
    with closing(control.hold(daemon.socket, {"do": "watch"})) as changes:
        player = threading.Thread(target=_play, daemon=True)
        player.start()
        for change in changes:
            now = clock.now()
            desk = desks.taken(desk, change, now)
            begun = [note.start for note in desk.notes if note.part == MACHINE]
            if begun and now - begun[0] > INTO_REPLY_S and desk.turn == "machine":
                return desk, now
            if now > end_s:
                break
    raise SystemExit("there was no reply to show")


def _play() -> None:
    pause = threading.Event()
    with Keyboard() as keyboard:
        before_s = 0.0
        for time_s, data in load_calls(PHRASE)[0].messages:
            pause.wait(time_s - before_s)
            before_s = time_s
            keyboard.feed(data)
        pause.wait(LONGEST_S)


def main() -> int:
    """Play, and write the picture."""
    with (
        tempfile.TemporaryDirectory() as folder,
        private_server(),
        running(Path(folder), "--no-record") as daemon,
    ):
        daemon.wait_ready()
        desk, now = replying(daemon)
    drawn(picture(desk, now, SIZE, BLOCKS)).quantize(64).save(PATH, optimize=True)
    sys.stdout.write(f"wrote {PATH}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
