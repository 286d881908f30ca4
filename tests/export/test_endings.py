"""How ends are judged, on ends that are known, and replies of a scripted engine."""

import numpy as np
import pytest

from antiphon.daemon.performer.harmony import Key
from antiphon.export import endings
from antiphon.export.endings import end_of, everywhere, gap_at_the_end_s, key_of
from antiphon.model.errors import ModelError
from antiphon.model.events import MACHINE, NOTE_OFF, STEP_S, Event, step_of
from tests.daemon.jam import ScriptedEngine
from tests.export.judges import corpus_of, steady, task_of

TUNE = (60, 62, 64, 65, 67, 65, 64, 62)
HOME = (60, 64, 67, 65, 62, 59, 60)


def c_major() -> Key:
    key = key_of(steady(0.25, 48, (60, 64, 67, 72, 65, 69, 67, 71)))
    assert key is not None
    return key


@pytest.mark.parametrize(
    ("keys", "gap_s", "home", "root"),
    [(HOME, 0.6, True, True), ((60, 62, 67), 0.25, True, False), ((60, 64, 62), 0.2, False, False)],
)
def test_an_end_is_judged_by_its_gap_and_its_last_chord(
    keys: tuple[int, ...], gap_s: float, home: bool, root: bool
) -> None:
    end = end_of(steady(0.25, len(keys), keys), gap_s, c_major())
    assert end.gap == pytest.approx(gap_s / 0.25)
    assert (end.home, end.root) == (home, root)


def test_of_the_last_chord_the_top_and_the_bottom_count() -> None:
    notes = steady(0.25, 6, (60, 62, 64, 65, 48, 76))
    notes["onset"][-1] = notes["onset"][-2] + 0.01
    end = end_of(notes, 0.5, c_major())
    assert (end.home, end.root) == (True, True)


def test_the_gap_goes_from_the_last_note_to_the_event_that_ended_the_reply() -> None:
    drawn = [
        Event(MACHINE, step_of(0.2), 60, 16),
        Event(MACHINE, step_of(0.1), NOTE_OFF + 60),
        Event(MACHINE, step_of(0.5), 64, 16),
    ]
    assert gap_at_the_end_s(drawn) == pytest.approx(
        float(STEP_S[step_of(0.1)] + STEP_S[step_of(0.5)])
    )
    assert gap_at_the_end_s(drawn[1:]) is None


def test_anywhere_is_mostly_in_mid_figure() -> None:
    ends = list(everywhere(steady(0.25, 9, TUNE), c_major()))
    assert len(ends) == 8
    assert all(end.gap == pytest.approx(1.0) for end in ends)
    assert 0 < sum(bool(end.home) for end in ends) < 8


def test_without_a_key_only_the_gap_is_judged() -> None:
    end = end_of(steady(0.25, 4, TUNE), 0.5, None)
    assert end.gap == pytest.approx(2.0)
    assert (end.home, end.root) == (None, None)


def test_replies_and_people_are_set_beside_each_other() -> None:
    pieces = [("folk", steady(0.25, 120, TUNE)), ("folk", steady(0.25, 120, HOME))]
    found = endings.measure(task_of(ScriptedEngine(), corpus_of(pieces)))["endings"]
    assert found["replies"] == found["reply"]["ends"] > 0
    assert 0 <= found["rests"] <= found["replies"]
    assert found["anywhere"]["mid_figure"] > 0.9
    assert np.isfinite([found["call"][name] for name in ("gap", "home", "root")]).all()
    assert any(line.startswith("people's calls") for line in endings.table({"endings": found}))


def test_short_pieces_have_no_calls() -> None:
    with pytest.raises(ModelError, match="no piece has a call"):
        endings.measure(task_of(ScriptedEngine(), corpus_of([("folk", steady(0.25, 12, TUNE))])))
