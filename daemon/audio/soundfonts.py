"""Soundfonts: where they lie on a machine, and which of them is taken."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from antiphon.daemon.errors import AntiphonError

FOLDERS: Final = (
    "~/.local/share/soundfonts",
    "~/.local/share/sounds/sf2",
    "~/.fluidsynth",
    "/usr/share/sounds/sf2",
    "/usr/share/sounds/sf3",
    "/usr/share/soundfonts",
    "/usr/local/share/soundfonts",
    "/opt/homebrew/share/soundfonts",
    "/opt/local/share/sounds/sf2",
    "~/Library/Audio/Sounds/Banks",
    "C:/soundfonts",
)
# The first that is there is taken; others follow by name.
PREFERRED: Final = ("FluidR3_GM", "MuseScore_General", "GeneralUser", "default-GM")
KINDS: Final = frozenset({".sf2", ".sf3"})
ADVICE: Final = (
    "get one (apt install fluid-soundfont-gm; elsewhere any .sf2 or .sf3 file into "
    "~/.local/share/soundfonts), or name one in config.toml, soundfont under [audio]"
)


def find(folders: Iterable[str] = FOLDERS) -> Path | None:
    """The best soundfont of some folders, or None."""
    fonts = [font for folder in folders for font in _fonts(Path(folder).expanduser())]
    ranked = [font for name in PREFERRED for font in fonts if font.stem.startswith(name)]
    return next(iter(ranked + fonts), None)


def chosen(wanted: str) -> Path:
    """The soundfont of that path, or the best that is found where it is empty.

    Raises `AntiphonError` that says what to do where there is none.
    """
    if not wanted:
        if found := find():
            return found
        raise AntiphonError(f"no soundfont is found: {ADVICE}")
    path = Path(wanted).expanduser()
    if path.suffix.lower() not in KINDS:
        raise AntiphonError(f"{path} is no soundfont: its name must end in .sf2 or .sf3")
    if not path.is_file():
        raise AntiphonError(f"there is no soundfont {path}: {ADVICE}")
    return path


def _fonts(folder: Path) -> Iterator[Path]:
    try:
        there = sorted(folder.iterdir())
    except OSError:
        # Not there, or not for us.
        return
    yield from (path for path in there if path.suffix.lower() in KINDS and path.is_file())
