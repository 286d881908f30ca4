"""TOML as its users write it, read or refused in a line. What it means is its readers' business."""

import tomllib
from typing import Any

from antiphon.daemon.errors import AntiphonError


def read(text: str) -> dict[str, Any]:
    """The tables and values of a text; raises `AntiphonError` saying where it goes wrong."""
    try:
        content = tomllib.loads(text)
        # What cannot be told of can be neither used nor refused: a number of ten thousand digits.
        repr(content)
    except (ValueError, RecursionError) as error:
        raise AntiphonError(f"not valid TOML: {error}") from None
    return content
