"""What was kept of fuzzing, read again without it; and a taste of what it does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fuzz.__main__ import CORPUS
from tests.fuzz.mutations import mutated
from tests.fuzz.shelter import sheltered
from tests.fuzz.targets import TARGETS, run

JSON = [name for name, target in TARGETS.items() if target.is_json]


@pytest.fixture(autouse=True)
def shelter() -> Iterator[None]:
    with sheltered():
        yield


def kept(name: str) -> list[Path]:
    return sorted((CORPUS / name).iterdir())


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_kept_is_read_or_refused(name: str) -> None:
    assert kept(name)
    for path in kept(name):
        run(TARGETS[name], path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_kept_may_be_cut_short(name: str) -> None:
    for path in kept(name)[:3]:
        data = path.read_bytes()
        for end in range(0, len(data), max(1, len(data) // 10)):
            run(TARGETS[name], data[:end])


@pytest.mark.parametrize("name", JSON)
def test_odd_values_are_read_or_refused(name: str) -> None:
    for path in kept(name)[:5]:
        for seed in range(10):
            run(TARGETS[name], mutated(path.read_bytes(), 4096, seed, lambda data: data[1:]))


def test_every_corpus_has_its_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
