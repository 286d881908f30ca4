"""Check that every package that is installed here is locked in constraints.txt at its version."""

import re
import sys
from importlib.metadata import distributions
from pathlib import Path

CONSTRAINTS = Path(__file__).resolve().parent.parent / "constraints.txt"
OURS = {"antiphon", "pip"}
"""Ourselves, and what comes with Python."""


def name_of(text: str) -> str:
    """A package's name, in the one way in which it is compared."""
    return re.sub(r"[-_.]+", "-", text).lower()


def locked(text: str) -> dict[str, str]:
    """The version of each package, by name."""
    pairs = (line.split("==") for line in text.splitlines() if "==" in line)
    return {name_of(name): version.strip() for name, version in pairs}


def main() -> int:
    """0 if all of them are."""
    wanted = locked(CONSTRAINTS.read_text(encoding="utf-8"))
    there = {name_of(one.metadata["Name"]): one.version.split("+")[0] for one in distributions()}
    wrong = [
        f"{name} {version}: locked {wanted.get(name, 'not at all')}"
        for name, version in sorted(there.items())
        if name not in OURS and wanted.get(name) != version
    ]
    sys.stdout.write("\n".join(wrong or [f"all {len(there)} packages are locked"]) + "\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
