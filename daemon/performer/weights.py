"""Small weights that come with the package, as NumPy keeps them: read, or refused in a line."""

from collections.abc import Callable, Mapping
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.errors import AntiphonError

Arrays = Mapping[str, NDArray[Any]]

_Built = TypeVar("_Built")

_UNFIT = (OSError, ValueError, TypeError, KeyError, AttributeError, EOFError, BadZipFile)


def shipped(name: str, read: Callable[[Path], _Built]) -> _Built:
    """What is read of a file of the package's."""
    with as_file(files("antiphon.model") / "weights" / name) as path:
        return read(path)


def read(path: Path, build: Callable[[Arrays], _Built], of: str, command: str) -> _Built:
    """What is built of a file's arrays, by their names.

    Raises AntiphonError that says what the weights should be of, and which command makes them,
    where the file or its arrays are others than `build` can use.
    """
    try:
        with path.open("rb") as file, np.load(file) as found:
            return build({name: found[name] for name in found.files})
    except _UNFIT as error:
        raise AntiphonError(
            f"{path}: these are no weights for the {of}; install Antiphon again,"
            f" or make them with `antiphon {command}`"
        ) from error
