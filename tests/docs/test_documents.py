"""What the documents say can be typed, set and followed."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

from antiphon.daemon import cli, config, controls
from antiphon.daemon.shell import grammar, reference
from tests.docs.pages import PAGES, ROOT, anchors, blocks, commands, prose

WRITTEN = [page for page in PAGES if page.parent.name != "reference"]
PROGRAM = re.compile(r"(?:\.venv/bin/)?antiphon$")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def by_name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def check(words: list[str]) -> None:
    """That the program understands what comes after its name."""
    if words[0] in ("--help", "--version", "-h"):
        return
    name, rest = cli.split(words)
    parser, _ = cli.parser(name)
    args: argparse.Namespace = parser.parse_args(rest)
    for text in controls.parse_all(getattr(args, "pairs", ())).items():
        controls.parse(*text)


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_command_can_be_typed(page: Path) -> None:
    for command in commands(page):
        words = shlex.split(command)
        while words and re.fullmatch(r"\w+=.*", words[0]):
            words = words[1:]
        if words and PROGRAM.match(words[0]):
            check(words[1:])
        elif words and words[0] == "make":
            assert set(words[1:]) <= TARGETS, command


@pytest.mark.parametrize("page", WRITTEN, ids=by_name)
def test_every_command_in_the_text_is_one(page: Path) -> None:
    for text in re.findall(r"`antiphon ([a-z][^`]*)`", prose(page)):
        if text not in grammar.families():
            cli.split(text.split())


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_setting_is_one(page: Path) -> None:
    for content in blocks(page, "toml"):
        config.from_toml(content)


@pytest.mark.parametrize("page", PAGES, ids=by_name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), f"{by_name(page)} links to {target}"
        assert not anchor or anchor in anchors(path), f"{by_name(page)} links to {target}"


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_is_up_to_date(name: str) -> None:
    page = ROOT / "docs" / "reference" / f"{name}.md"
    text = reference.PAGES[name]()
    assert page.read_text(encoding="utf-8") == text, "run: antiphon reference --out docs/reference"


def test_the_documents_that_readers_look_for_are_there() -> None:
    names = {by_name(page) for page in PAGES}
    assert {"README.md", "CHANGELOG.md", "SECURITY.md", "ARCHITECTURE.md"} <= names
