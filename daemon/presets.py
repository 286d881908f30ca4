"""Presets: named sets of controls, a TOML file each in the user's configuration folder.

A file may name some controls only; loading it leaves the others as they are.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from antiphon.daemon import config, toml, wholefile
from antiphon.daemon.controls import CONTROLS, Control, Controls, changed, nearest
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value

LONGEST_NAME = 40
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{LONGEST_NAME - 1}}}")
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{kind}{n}" for kind in ("com", "lpt") for n in range(10)),
}


def folder() -> Path:
    """Where this user's presets are."""
    return config.default_path().parent / "presets"


def checked(name: str) -> str:
    """A name that is safe in a path on every system; raises `AntiphonError` for another."""
    if not _NAME.fullmatch(name) or name.lower() in _DEVICES:
        raise AntiphonError(
            f"{name!r} cannot name a preset: letters, digits, - and _ can, {LONGEST_NAME} at most"
        )
    return name


def names(place: Path) -> list[str]:
    """The presets of a folder, in the order of their names."""
    return sorted(path.stem for path in place.glob("*.toml") if _NAME.fullmatch(path.stem))


def to_toml(values: Mapping[str, Value]) -> str:
    """A preset as its file holds it; `from_toml` gives the texts back."""
    lines = []
    for name, value in values.items():
        text = CONTROLS[name].show(value)
        # Every text of a control is letters, digits and signs that TOML takes as they are.
        is_number = isinstance(value, int | float)
        lines.append(f"{name} = {text}" if is_number else f'{name} = "{text}"')
    return "\n".join(lines) + "\n"


def from_toml(text: str) -> dict[str, str]:
    """The texts that `set` takes; raises `AntiphonError` naming what is wrong."""
    content = toml.read(text)
    texts = {name: str(value) for name, value in content.items()}
    if not texts:
        raise AntiphonError("no control in it")
    changed(Controls(), texts)
    return texts


def save(place: Path, name: str, values: Mapping[str, Value]) -> Path:
    """Write a preset, over an older one of the name; raises `AntiphonError` if it cannot."""
    path = place / f"{checked(name)}.toml"
    try:
        wholefile.write(path, to_toml(values))
    except OSError as error:
        raise AntiphonError(f"cannot write {path}: {error.strerror}") from None
    return path


def load(place: Path, name: str) -> dict[str, str]:
    """The texts of a preset; raises `AntiphonError` naming the file, or the nearest preset."""
    path = place / f"{checked(name)}.toml"
    try:
        return from_toml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AntiphonError(f"no preset {name!r}{nearest(name, names(place))}") from None
    except OSError as error:
        raise AntiphonError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise AntiphonError(f"{path} is not a text file in UTF-8") from None
    except AntiphonError as error:
        raise AntiphonError(f"{path}: {error}") from None


def remove(place: Path, name: str) -> None:
    """Delete a preset; raises `AntiphonError` naming the nearest if there is none of the name."""
    path = place / f"{checked(name)}.toml"
    try:
        path.unlink()
    except FileNotFoundError:
        raise AntiphonError(f"no preset {name!r}{nearest(name, names(place))}") from None
    except OSError as error:
        raise AntiphonError(f"cannot remove {path}: {error.strerror}") from None


def morphed(first: Mapping[str, str], second: Mapping[str, str], share: float) -> dict[str, str]:
    """What lies at `share`, 0 to 1, of the way from one preset to another.

    Numbers go there evenly; choices, and what either leaves to the model, change in the middle.
    A control that only one of them names is left out.
    """
    return {
        name: _between(CONTROLS[name], first[name], second[name], share)
        for name in first
        if name in second and name in CONTROLS
    }


def between(place: Path, first: str, second: str, share: float) -> dict[str, str]:
    """`morphed` of two presets of a folder; raises `AntiphonError` where nothing is to be set."""
    texts = morphed(load(place, first), load(place, second), share)
    if not texts:
        raise AntiphonError(f"{first} and {second} name no control in common")
    return texts


def _between(control: Control, first: str, second: str, share: float) -> str:
    start, end = control.parse(first), control.parse(second)
    if control.choices or not isinstance(start, int | float) or not isinstance(end, int | float):
        return first if share < 0.5 else second
    return control.text(start + share * (end - start))
