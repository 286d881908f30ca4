"""Checksums of exported models, in a file SHA256SUMS beside them as ``sha256sum`` writes it."""

import hashlib
from pathlib import Path
from typing import Final

SUMS: Final = "SHA256SUMS"


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def listed(folder: Path) -> dict[str, str]:
    """The checksums that a folder lists, by the names of its files; none where it lists nothing."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    pairs = (line.split(maxsplit=1) for line in lines)
    return {pair[1].lstrip("*"): pair[0] for pair in pairs if len(pair) == 2}


def enlist(path: Path) -> None:
    """Put a file's checksum into the list of its folder."""
    sums = listed(path.parent) | {path.name: digest(path)}
    beside = path.parent / f"{SUMS}.new"
    lines = (f"{found}  {name}\n" for name, found in sorted(sums.items()))
    beside.write_text("".join(lines), encoding="utf-8")
    beside.replace(path.parent / SUMS)
