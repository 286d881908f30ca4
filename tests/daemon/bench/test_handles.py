"""What a journal tells of changes, and how it is told; measuring itself is for the bench."""

import argparse
import math
from typing import Any

import pytest

from antiphon.daemon.bench import command, handles, jackd
from antiphon.daemon.errors import AntiphonError

Entry = dict[str, Any]


def told(kind: str, **fields: object) -> Entry:
    return {"is": kind, "time": 0.0, **fields}


def test_the_journal_tells_when_a_change_was_taken_note_of() -> None:
    journal = [
        told("Session"),
        told("Began", values={"density": None}),
        told("Took", times=[1.0, 1.1, 1.2]),
        told("Heard", seq=0),
        told("Heard", seq=1),
        told("Settings", values={"density": 0.5}),
        told("Took", times=[2.0, 2.5]),
        told("Settings", values={"style": "jazz"}),
        told("Settings", values={"density": 0.6}),
        told("Schedule", plan=1),
        told("Took", times=[3.0, 3.1, 3.2, 3.3]),
    ]
    assert list(handles.taken_s(journal, "density")) == [3.0, 3.2]


def test_two_performers_are_not_measured() -> None:
    with pytest.raises(AntiphonError, match="lost"):
        list(handles.taken_s([told("Began"), told("Began")], "density"))


def test_a_change_that_was_overtaken_is_not_counted() -> None:
    assert handles.delays_s([1.0, 2.0, 3.0], [1.25, 3.5]) == pytest.approx([0.25, 0.5])
    assert handles.delays_s([1.0], []) == []


def test_the_table() -> None:
    ms = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "most": math.pi, "count": 9}
    late = {"p50_ms": 0.1, "p99_ms": 0.25, "max_ms": 2.0}
    found = {"heeded_ms": {"key": ms}, "panels": {"20": {"share": 0.1234, "lateness": late}}}
    first, second = handles.as_text(found).splitlines()
    assert first.endswith("1.0 / 2.0 / 3.0 / 3.1 ms (p50 / p95 / p99 / most) of 9")
    assert second.startswith("20 panels")
    assert second.endswith("12.3% of a core; late 0.10 / 0.25 / 2.00 ms (p50 / p99 / most)")


def test_without_jack_a_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jackd, "available", lambda: False)
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    with pytest.raises(AntiphonError, match="no jackd here"):
        command.main(parser.parse_args(["--handles"]))
