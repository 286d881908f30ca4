"""Losses with the future known, judged by engines whose prices are known."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antiphon.daemon import cli
from antiphon.daemon.performer.query import Floats
from antiphon.export import fill, held
from antiphon.export.chords import chords_of
from antiphon.export.condition_inputs import ConditionInputs
from antiphon.export.duets import Duet
from antiphon.export.task import Seconds, Task
from antiphon.model import conditions, lookahead, time_left
from antiphon.model.arrays import Notes
from antiphon.model.errors import ModelError
from antiphon.model.events import FUTURE, MACHINE, PLAYER, Event
from tests.export.judges import Judge, corpus_of, steady, task_of
from tests.model.material import notes_of, random_corpus, save_midi, scale

Measure = Callable[[Task], dict[str, Any]]


@dataclass
class FakeInputs:
    """Tells a span, or what is left of a hole, in the last place of the condition."""

    asked: list[tuple[list[float], float]] = field(default_factory=list)

    def lookahead(self, times_s: Seconds, player: Notes, span_s: float) -> Floats:
        assert set(player["key"].tolist()) == {72}
        self.asked.append((times_s.tolist(), span_s))
        return self._last(np.full(len(times_s), span_s))

    def hole_left(self, left_s: Seconds) -> Floats:
        return self._last(left_s)

    def future(self, given: Sequence[Event]) -> list[Event]:
        return [replace(event, step=0) for event in given]

    @staticmethod
    def _last(values: Seconds) -> Floats:
        rows = np.zeros((len(values), conditions.SIZE), np.float32)
        rows[:, -1] = values
        return rows


def duet() -> Duet:
    player = notes_of((0.0, 1.0, 72, 64), (2.0, 3.0, 72, 64))
    true = notes_of((0.5, 0.9, 48, 64), (1.5, 2.5, 50, 64), (2.0, 4.0, 52, 64))
    (piece,) = corpus_of([("folk", true)]).pieces
    return Duet(piece, player, true, 4.0, chords_of(true, 4.0), None)


def test_the_machines_events_are_added_up_by_lookahead() -> None:
    def cheaper_the_more_is_told(_: Sequence[Event], told: Floats, event: Event) -> float:
        return 100.0 if event.who == PLAYER else 2.0 - float(told[-1]) / 4

    inputs = FakeInputs()
    notes, nats = held.score(Judge(cheaper_the_more_is_told), inputs, duet())
    assert notes == 3
    # Three notes have six events.
    np.testing.assert_allclose(nats, [12.0, 10.5, 9.0, 6.0])
    # Nothing is asked for on the stage; else what follows each event but the last.
    assert [span_s for _, span_s in inputs.asked] == [1.0, 2.0, 4.0]
    np.testing.assert_allclose(inputs.asked[0][0], [0, 0.5, 0.9, 1, 1.5, 2, 2, 2.5, 3], atol=1e-6)


def test_style_and_hand_are_told_of_all() -> None:
    def knows(_: Sequence[Event], told: Floats, __: Event) -> float:
        return float(
            told[conditions.style_index("folk")] + told[conditions.hand_index("performed")]
        )

    _, nats = held.score(Judge(knows), FakeInputs(), duet())
    np.testing.assert_allclose(nats, 12.0)


def test_lookahead_is_measured_by_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    other = duet()
    other = replace(other, piece=replace(other.piece, dataset="other"))
    monkeypatch.setattr(held, "held_out_duets", lambda _: [duet(), other, duet()])
    packed = corpus_of([("folk", steady(0.5, 20, [60]))])
    task = task_of(Judge(lambda _, told, __: 2.0 - float(told[-1]) / 4), packed)
    found = held.measure(replace(task, inputs=FakeInputs()))
    row = found["held"]["made"]
    assert (row["pieces"], row["notes"]) == (2, 6)
    assert row["nats_per_note"] == pytest.approx({"0.0": 4.0, "1.0": 3.5, "2.0": 3.0, "4.0": 2.0})
    assert row["saved"] == pytest.approx(0.25)
    assert "25.0%" in "\n".join(held.table(found))


def test_a_hole_lies_between_past_and_future() -> None:
    packed = random_corpus(4, pieces=3, count=300)
    rng = np.random.default_rng(0)
    for piece in [*packed.pieces] * 5:
        hole = fill.cut(packed, piece, rng)
        if hole is None:
            continue
        assert fill.FEWEST_EVENTS <= len(hole.inside) <= fill.MOST_EVENTS
        assert min(len(hole.past), len(hole.future)) >= fill.FEWEST_AROUND
        assert {event.who for event in (*hole.past, *hole.inside, *hole.future)} == {MACHINE}
        # From the event before the hole to the first after it.
        assert len(hole.left_s) == len(hole.inside)
        assert (np.diff(hole.left_s) <= 0).all()
        assert hole.left_s[0] <= fill.HOLE_S[1] + 2.0
    found = fill.chosen(packed, 7, rng)
    assert len(found) == 7
    assert {hole.piece.path for hole in found} == {"0.mid", "1.mid", "2.mid"}


def test_a_hole_is_told_and_its_future_comes_first() -> None:
    notes = steady(0.25, 300, [60, 62, 64, 65])
    packed = corpus_of([("folk", notes)])
    hole = fill.cut(packed, packed.pieces[0], np.random.default_rng(1))
    assert hole is not None
    seen = list[tuple[int, float]]()

    def half_as_dear(history: Sequence[Event], told: Floats, _: Event) -> float:
        seen.append((len(history), float(told[-1])))
        return 1.0 if told[-1] == 0.0 else 0.5

    continued, filled = fill.score(Judge(half_as_dear), FakeInputs(), hole)
    count = len(hole.inside)
    assert (continued, filled) == (count, count / 2)
    past, future = len(hole.past), len(hole.future)
    # The first call of each takes in all that is given but its last event.
    assert seen[1 : count + 1] == [(past + i, 0.0) for i in range(count)]
    told = hole.left_s.astype(np.float32).tolist()
    assert seen[count + 2 :] == [(past + future + i, told[i]) for i in range(count)]


def test_filling_is_measured_by_hand() -> None:
    packed = random_corpus(4, pieces=3, count=300)
    task = task_of(Judge(lambda _, told, __: 1.0 if told[-1] == 0.0 else 0.5), packed, 6)
    found = fill.measure(replace(task, inputs=FakeInputs()))["fill"]
    assert (found["all"]["holes"], found["score"]["holes"]) == (6, 2)
    assert found["all"]["saved"] == pytest.approx(0.5)
    row = found["all"]
    assert row["continued_nats_per_note"] * row["notes"] == pytest.approx(row["events"])
    assert 0 < row["notes"] <= row["events"]
    assert "50.0%" in "\n".join(fill.table({"fill": found}))


@pytest.mark.parametrize(
    ("measure", "complaint"),
    [(held.measure, "no input for lookahead"), (fill.measure, "no input for filling holes")],
)
def test_a_model_without_the_inputs_is_refused(measure: Measure, complaint: str) -> None:
    packed = corpus_of([("folk", steady(0.5, 20, [60]))])
    with pytest.raises(ModelError, match=complaint):
        measure(task_of(Judge(lambda *_: 1.0), packed))


def test_pieces_without_room_for_a_hole_are_named() -> None:
    packed = corpus_of([("folk", steady(0.5, 20, [60]))])
    with pytest.raises(ModelError, match="no piece has a hole"):
        fill.measure(replace(task_of(Judge(lambda *_: 1.0), packed), inputs=FakeInputs()))


def test_what_is_told_is_what_training_told() -> None:
    inputs = ConditionInputs()
    player = duet().player
    rows = inputs.lookahead(np.array([0.0, 1.5]), player, 2.0)
    place = conditions.group("lookahead")
    np.testing.assert_array_equal(
        rows[:, place], lookahead.encode(np.array([0.0, 1.5]), player, 2.0)
    )
    assert rows.sum() == rows[:, place].sum() > 0
    left = inputs.hole_left(np.array([3.0, 0.5]))
    place = conditions.group("time_left")
    np.testing.assert_array_equal(left[:, place], time_left.encode(np.array([3.0, 0.5]), "hole"))
    given = [Event(MACHINE, 9, 60, 16), Event(MACHINE, 4, 188)]
    assert inputs.future(given) == [Event(FUTURE, 0, 60, 16), Event(FUTURE, 4, 188)]


@pytest.mark.parametrize(("what", "row"), [("held", "mine"), ("fill", "all")])
def test_the_commands_measure_a_model_with_the_inputs(
    what: str,
    row: str,
    models: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("a", "b"):
        save_midi(tmp_path / "mine" / f"{name}.mid", scale(160), tracks=2)
    words = ["evaluate", str(tmp_path / "mine"), f"--{what}", "--model", str(models["float32"])]
    assert cli.main([*words, "--windows", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)[what][row]
    assert found["notes"] > 0
    assert np.isfinite(found["saved"]) and found["saved"] != 0.0
