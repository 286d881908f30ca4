"""The documents of the project, and what stands in them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)
_PARTS = re.compile(r"&&|\|\||[|;&]|>+\s*\S+|<\s*\S+")


def blocks(page: Path, *languages: str) -> Iterator[str]:
    """The fenced blocks of these languages."""
    for language, content in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if language in languages:
            yield content


def commands(page: Path) -> Iterator[str]:
    """The simple commands of a page's shell blocks; comments are left out."""
    for block in blocks(page, "sh", "bash", "console"):
        for line in block.replace("\\\n", " ").splitlines():
            for part in _PARTS.split(re.sub(r"(^|\s)#.*", "", line)):
                if part.strip():
                    yield part.strip().removeprefix("$ ")


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can name."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in headings}
