"""Each promise names the tests that hold it, and those are there."""

import re

import pytest

from tests.docs.pages import ROOT
from tests.torture.faults import FAULTS

PAGE = (ROOT / "docs" / "promises.md").read_text(encoding="utf-8")
TESTS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
PROMISES = re.split(r"^### ", PAGE.partition("## What is promised")[2], flags=re.M)[1:]


def test_there_are_six_and_each_has_a_test() -> None:
    assert len(PROMISES) == 6
    for promise in PROMISES:
        assert re.search(r"`tests/[\w/]+\.py::\w+`", promise), promise.splitlines()[0]


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_that_test_is_there(path: str, name: str) -> None:
    assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")


def test_every_fault_is_told_of() -> None:
    assert [name for name in FAULTS if f"| {name} |" not in PAGE] == []
