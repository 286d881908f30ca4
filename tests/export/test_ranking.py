"""Ranking and recognition, judged by engines that know, or know better."""

from collections.abc import Sequence

import numpy as np
import pytest

from antiphon.daemon.performer.query import Floats
from antiphon.export import confusion, ranking, recognition
from antiphon.export.passages import cut, interleaved, sequence, shifted
from antiphon.model import conditions
from antiphon.model.errors import ModelError
from antiphon.model.events import NOTE_OFF, STEP_S, Event
from tests.export.judges import Judge, Taste, corpus_of, steady, task_of
from tests.model.material import random_corpus

C_MAJOR, F_SHARP_MAJOR = (60, 64, 67, 65, 69, 72, 71), (66, 70, 73, 71, 75, 78, 77)


def likes_the_same_pace(history: Sequence[Event], _: Floats, event: Event) -> float:
    if len(history) < 102:
        return 1.0
    return float(abs(STEP_S[event.step] - STEP_S[history[100 + len(history) % 2].step]))


def likes_another_pace(history: Sequence[Event], told: Floats, event: Event) -> float:
    return -likes_the_same_pace(history, told, event)


@pytest.mark.parametrize(("taste", "wins"), [(likes_the_same_pace, 1), (likes_another_pace, 0)])
def test_the_likeliest_continuation_wins(taste: Taste, wins: int) -> None:
    styles = ("jazz", "folk")
    packed = corpus_of([(styles[i % 2], steady(0.1 + 0.05 * i, 300, C_MAJOR)) for i in range(20)])
    found = ranking.measure(task_of(Judge(taste), packed, 6))["ranking"]
    assert all(group["accuracy"] == wins for group in found.values())
    assert [group["ranked"] for group in found.values()] == [6] * 4
    kin = found["same style, by likelihood"]
    assert kin["by_style"]["jazz"] == {"ranked": 3, "accuracy": wins}
    assert "folk" in "\n".join(ranking.table({"ranking": found}))


def test_what_the_context_says_is_told_apart_from_what_is_likely_anyhow() -> None:
    def likes_calm(_: Sequence[Event], __: Floats, event: Event) -> float:
        return 1.0 / (1.0 + float(STEP_S[event.step]))

    def likes_calm_but_knows(history: Sequence[Event], told: Floats, event: Event) -> float:
        return 10.0 * likes_calm(history, told, event) + likes_the_same_pace(history, told, event)

    packed = corpus_of([("jazz", steady(0.1 + 0.05 * i, 300, C_MAJOR)) for i in range(20)])
    found = ranking.measure(task_of(Judge(likes_calm_but_knows), packed, 6))["ranking"]
    assert found["any style, by likelihood"]["accuracy"] < 0.5
    assert found["any style, by what the context adds"]["accuracy"] == 1.0


def test_too_few_pieces_are_named() -> None:
    packed = corpus_of([("jazz", steady(0.2, 300, C_MAJOR))] * 9)
    with pytest.raises(ModelError, match="only 9 pieces"):
        ranking.measure(task_of(Judge(likes_the_same_pace), packed))


def test_others_are_brought_into_the_key_of_the_context() -> None:
    context, other = steady(0.2, 70, C_MAJOR), steady(0.2, 70, F_SHARP_MAJOR)
    moved = ranking.fitting(context, other)
    assert set(moved["key"] % 12) == {0, 2, 4, 5, 7, 9, 11}.intersection(moved["key"] % 12)
    assert abs(int(moved["key"][0]) - 66) == 6
    high = shifted(context, 127 - 72)
    assert ranking.fitting(other, high)["key"].max() <= 127


def test_both_sides_of_a_cut_stand_alone() -> None:
    packed = random_corpus(5, pieces=3, count=200)
    for piece in packed.pieces:
        for first in (0, 20, piece.notes - 90):
            made = cut(packed, piece, first, first + 50, first + 90)
            assert len(made.call) + len(made.answer) == 90
            assert made.gap_s >= 0.0
            for notes, pedals in (
                (made.call, made.call_pedals),
                (made.answer, made.answer_pedals),
            ):
                kinds = [event.kind for event in sequence(notes, pedals, 0.0)]
                ons = sorted(kind + NOTE_OFF for kind in kinds if kind < NOTE_OFF)
                assert ons == sorted(kind for kind in kinds if NOTE_OFF <= kind < 256)
                assert kinds.count(256) == kinds.count(257)


def test_the_cut_is_the_longest_pause_nearby() -> None:
    notes = steady(0.2, 100, C_MAJOR)
    for field in ("onset", "offset"):
        notes[field][45:] += 1.0
    made = cut(corpus_of([("jazz", notes)]), corpus_of([("jazz", notes)]).pieces[0], 0, 50, 90)
    assert len(made.call) == 45
    assert made.gap_s == pytest.approx(1.04, abs=1e-3)
    with pytest.raises(ValueError, match="do not cut"):
        cut(corpus_of([("jazz", notes)]), corpus_of([("jazz", notes)]).pieces[0], 0, 50, 101)


def test_styles_take_turns() -> None:
    packed = corpus_of([("folk", steady(0.2, 20, C_MAJOR))] * 5 + [("jazz", steady(0.2, 20, [60]))])
    order = [p.style for p in interleaved(list(packed.pieces), np.random.default_rng(0))]
    assert order == ["folk", "jazz", "folk", "folk", "folk", "folk"]


def knows_jazz_by_middle_c(_: Sequence[Event], told: Floats, event: Event) -> float:
    jazz = bool(told[conditions.style_index("jazz")])
    return float((event.kind == 60) != jazz) if event.kind < NOTE_OFF else 0.0


def test_styles_are_recognised_by_their_likelihood() -> None:
    made = [("jazz", steady(0.2, 40, [60])), ("folk", steady(0.2, 40, [62]))] * 3
    made.append(("folk", steady(0.2, 40, [60])))
    task = task_of(Judge(knows_jazz_by_middle_c), corpus_of(made))
    found = recognition.measure(task)["styles"]
    assert found["names"] == ["folk", "jazz"]
    assert found["confusion"] == [[3, 1], [0, 3]]
    assert found["accuracy"] == pytest.approx(6 / 7)
    assert found["mean_recall"] == pytest.approx((0.75 + 1.0) / 2)


def test_styles_with_few_pieces_are_no_candidates() -> None:
    packed = corpus_of([("jazz", steady(0.2, 40, [60]))])
    with pytest.raises(ModelError, match="fewer than two styles"):
        recognition.measure(task_of(Judge(knows_jazz_by_middle_c), packed))


def test_a_confusion_is_told_by_names() -> None:
    found = confusion.report(np.array([[3, 1, 0], [0, 0, 0], [2, 0, 2]]), ["a", "b", "c"])
    assert found["recall"] == {"a": 0.75, "c": 0.5}
    assert found["mean_recall"] == 0.625
    lines = list(confusion.table(found))
    assert len(lines) == 5
    assert lines[2].split() == ["a", "3", "1", "0", "0.750"]
