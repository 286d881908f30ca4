"""Losses with the future known, judged by engines whose prices are known."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from antiphon.daemon import cli
from antiphon.daemon.performer.query import Floats
from antiphon.export import fill, held
from antiphon.export.chord_track import chords_of
from antiphon.export.duets import Duet
from antiphon.model import conditions, lookahead, time_left
from antiphon.model.errors import ModelError
from antiphon.model.events import FUTURE, MACHINE, PLAYER, Event
from tests.export.first_graph import as_first_graph
from tests.export.judges import Judge, corpus_of, steady, task_of
from tests.model.material import notes_of, random_corpus, save_midi, scale

Price = Callable[[Event, Floats | None], float]


def judge_by(price: Price) -> Judge:
    """Prices an event by what is told of its moment: (size of ``MOMENTS``,), None for nothing."""
    judge = Judge(lambda _, __, event: price(event, told_last(judge)))
    return judge


def told_last(judge: Judge) -> Floats | None:
    if judge.moments is None:
        return None
    # Nothing is told of the moments at which nothing is asked.
    assert not judge.moments[:-1].any()
    row: Floats = judge.moments[-1]
    return row


def group(row: Floats, name: str) -> Floats:
    """One group of a row, which must be all that it tells."""
    place = conditions.group(name)
    begin = place.start - conditions.MOMENTS.start
    told = row[begin : begin + place.stop - place.start]
    assert np.count_nonzero(told) == np.count_nonzero(row)
    return told


def duet() -> Duet:
    player = notes_of((0.0, 1.0, 72, 64), (2.0, 3.0, 72, 64))
    true = notes_of((0.5, 0.9, 48, 64), (1.5, 2.5, 50, 64), (2.0, 4.0, 52, 64))
    (piece,) = corpus_of([("folk", true)]).pieces
    return Duet(piece, player, true, 4.0, chords_of(true, 4.0), None)


def cheaper_the_more_is_told(event: Event, row: Floats | None) -> float:
    if event.who == PLAYER:
        return 100.0
    if row is None:
        return 2.0
    spans = group(row, "lookahead")[: len(lookahead.SPANS_S)]
    return 2.0 - lookahead.SPANS_S[int(spans.argmax())] / 4


def test_the_machines_events_are_added_up_by_lookahead() -> None:
    notes, nats = held.score(judge_by(cheaper_the_more_is_told), duet())
    assert notes == 3
    # Three notes have six events.
    np.testing.assert_allclose(nats, [12.0, 10.5, 9.0, 6.0])


def test_what_follows_the_event_before_is_told() -> None:
    seen = list[Floats]()

    def keeps(_: Event, row: Floats | None) -> float:
        seen.extend([] if row is None else [group(row, "lookahead")])
        return 1.0

    held.score(judge_by(keeps), duet())
    # Ten events, of which the first is given; offsets come before onsets.
    before_s = np.array([0.0, 0.5, 0.9, 1.0, 1.5, 2.0, 2.0, 2.5, 3.0])
    expected = [lookahead.encode(before_s, duet().player, span_s) for span_s in (1.0, 2.0, 4.0)]
    np.testing.assert_allclose(np.array(seen), np.concatenate(expected), atol=1e-6)


def test_style_and_hand_are_told_of_all() -> None:
    def knows(_: Sequence[Event], told: Floats, __: Event) -> float:
        return float(
            told[conditions.style_index("folk")] + told[conditions.hand_index("performed")]
        )

    _, nats = held.score(Judge(knows), duet())
    np.testing.assert_allclose(nats, 12.0)


def test_lookahead_is_measured_by_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    other = duet()
    other = replace(other, piece=replace(other.piece, dataset="other"))
    monkeypatch.setattr(held, "held_out_duets", lambda _: [duet(), other, duet()])
    packed = corpus_of([("folk", steady(0.5, 20, [60]))])
    found = held.measure(task_of(judge_by(cheaper_the_more_is_told), packed))
    row = found["held"]["made"]
    assert (row["pieces"], row["notes"]) == (2, 6)
    assert row["nats_per_note"] == pytest.approx({"0.0": 4.0, "1.0": 3.5, "2.0": 3.0, "4.0": 2.0})
    assert row["saved"] == pytest.approx(0.25)
    assert "25.0%" in "\n".join(held.table(found))


def test_a_hole_lies_between_past_and_future() -> None:
    packed = random_corpus(4, pieces=3, count=300)
    rng = np.random.default_rng(0)
    holes = [hole for piece in [*packed.pieces] * 5 if (hole := fill.cut(packed, piece, rng))]
    assert len(holes) > 9
    for hole in holes:
        assert fill.FEWEST_EVENTS <= len(hole.inside) <= fill.MOST_EVENTS
        assert fill.FEWEST_AROUND <= len(hole.past) <= fill.MOST_BEFORE
        assert fill.FEWEST_AROUND <= len(hole.future) <= fill.MOST_AFTER
        assert {event.who for event in (*hole.past, *hole.inside, *hole.future)} == {MACHINE}
        assert len(hole.left_s) == len(hole.inside)
        assert (np.diff(hole.left_s) <= 0).all()
    found = fill.chosen(packed, 7, rng)
    assert len(found) == 7
    assert {hole.piece.path for hole in found} == {"0.mid", "1.mid", "2.mid"}


def test_what_is_left_reaches_from_the_event_before_to_the_first_after() -> None:
    # An event each 0.2 and 0.05 s in turn.
    packed = corpus_of([("folk", steady(0.25, 300, [60, 62, 64, 65]))])
    hole = fill.cut(packed, packed.pieces[0], np.random.default_rng(1))
    assert hole is not None
    gaps_s = -np.diff(hole.left_s)
    assert set(gaps_s.round(3).tolist()) == {0.2, 0.05}
    assert hole.left_s[-1] == pytest.approx(0.25, abs=1e-3)


def half_as_dear(_: Event, row: Floats | None) -> float:
    return 1.0 if row is None else 0.5


def test_a_hole_is_told_and_its_future_comes_first() -> None:
    packed = corpus_of([("folk", steady(0.25, 300, [60, 62, 64, 65]))])
    hole = fill.cut(packed, packed.pieces[0], np.random.default_rng(1))
    assert hole is not None
    seen = list[tuple[list[Event], Floats | None]]()

    def keeps(event: Event, row: Floats | None) -> float:
        seen.append((list(judge.history), row))
        return half_as_dear(event, row)

    judge = judge_by(keeps)
    count = len(hole.inside)
    assert fill.score(judge, hole) == (count, count / 2)
    assert seen[0][0] == list(hole.past)
    assert seen[count - 1][0] == [*hole.past, *hole.inside[:-1]]
    first = seen[count][0]
    assert first[: len(hole.future)] == fill.as_future(hole.future)
    assert first[len(hole.future) :] == list(hole.past)
    rows = [row for _, row in seen[count:] if row is not None]
    np.testing.assert_array_equal(
        [group(row, "time_left") for row in rows], time_left.encode(hole.left_s, "hole")
    )


def test_the_future_is_marked_and_begins_at_no_distance() -> None:
    given = [Event(MACHINE, 9, 60, 16), Event(MACHINE, 4, 188)]
    assert fill.as_future(given) == [Event(FUTURE, 0, 60, 16), Event(FUTURE, 4, 188)]


def test_filling_is_measured_by_hand() -> None:
    packed = random_corpus(4, pieces=3, count=300)
    found = fill.measure(task_of(judge_by(half_as_dear), packed, 6))["fill"]
    assert (found["all"]["holes"], found["score"]["holes"]) == (6, 2)
    row = found["all"]
    assert row["saved"] == pytest.approx(0.5)
    assert row["continued_nats_per_note"] * row["notes"] == pytest.approx(row["events"])
    assert 0 < row["notes"] <= row["events"]
    assert "50.0%" in "\n".join(fill.table({"fill": found}))


def test_pieces_without_room_for_a_hole_are_named() -> None:
    packed = corpus_of([("folk", steady(0.5, 20, [60]))])
    with pytest.raises(ModelError, match="no piece has a hole"):
        fill.measure(task_of(judge_by(half_as_dear), packed))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        save_midi(tmp_path / "mine" / f"{name}.mid", scale(160), tracks=2)
    return tmp_path / "mine"


@pytest.mark.parametrize(
    ("what", "complaint"),
    [("--held", "no input for lookahead"), ("--fill", "no input for filling holes")],
)
def test_a_model_without_the_inputs_is_refused(
    what: str,
    complaint: str,
    folder: Path,
    models: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = tmp_path / "first.onnx"
    onnx.save(as_first_graph(onnx.load(models["float32"])), first)
    assert cli.main(["evaluate", str(folder), what, "--model", str(first)]) == cli.USER_ERROR
    line = capsys.readouterr().err
    assert complaint in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(("what", "row"), [("held", "mine"), ("fill", "all")])
def test_the_commands_measure_a_model_with_the_inputs(
    what: str,
    row: str,
    folder: Path,
    models: dict[str, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["evaluate", str(folder), f"--{what}", "--model", str(models["float32"])]
    assert cli.main([*words, "--windows", "3", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)[what][row]
    assert found["notes"] > 0
    assert np.isfinite(found["saved"])
    assert found["saved"] != 0.0
