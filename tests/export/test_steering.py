"""Steering, measured on an engine that obeys and on one that does not."""

from dataclasses import replace

import numpy as np
import pytest

from antiphon.daemon.performer.query import Answer, Query
from antiphon.export import replies, steering
from antiphon.model import conditions, corpus, events
from antiphon.model.events import MACHINE, NOTE_OFF, Event
from antiphon.model.styles import STYLES
from tests.daemon.jam import ScriptedEngine
from tests.export.judges import corpus_of, steady, task_of

TUNE = (60, 62, 64, 65, 67, 65, 64, 62)


class Obedient(ScriptedEngine):
    """Plays C over and over, as loud as it is told, and in jazz an E flat."""

    window = 512

    def drawn(self, query: Query, count: int) -> Answer:
        answer = super().drawn(query, count)
        if answer.event.kind >= NOTE_OFF:
            return answer
        told = self.conditions[-1]
        level = int(told[conditions.level_index("loudness", 7)] * 30) or 10
        key = 63 if told[conditions.style_index("jazz")] else 60
        return Answer(Event(MACHINE, answer.event.step, key, level), answer.cost, answer.who_step)


def learned() -> corpus.Corpus:
    made = [("folk", steady(0.2, 120, (60,))), ("jazz", steady(0.2, 120, (60, 63, 66)))] * 3
    return corpus_of(made, split="train")


def test_what_is_obeyed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "STYLES", ("folk", "jazz"))
    monkeypatch.setattr(steering, "CONTROLS", ("loudness", "density"))
    packed = corpus_of(
        [("folk", steady(0.25, 150, TUNE)), ("jazz", steady(0.2, 150, (60, 63, 66)))]
    )
    found = steering.measure(task_of(Obedient(), packed, 2, learned()))["steering"]
    loud = found["controls"]["loudness"]
    assert loud["low"]["mean"] == loud["unset"]["mean"] == events.velocity_of(10)
    assert loud["high"]["mean"] == events.velocity_of(30)
    assert loud["high"]["key_agreement"] == loud["low"]["key_agreement"]
    still = found["controls"]["density"]
    assert still["low"]["mean"] == still["high"]["mean"]
    judged = found["recognised"]
    assert judged["held-out pieces"]["names"] == ["folk", "jazz"]
    assert judged["replies"]["measured"] == 4
    text = "\n".join(steering.table({"steering": found}))
    assert "loudness" in text
    assert "on replies" in text


def test_no_reply_is_no_figure() -> None:
    packed = corpus_of([("folk", steady(0.25, 150, TUNE))])
    calls = replies.calls(packed, 1, np.random.default_rng(0))
    none = steering.summary("density", calls, [calls[0].answer[:3]])
    assert none["replies"] == 0
    assert np.isnan(none["mean"])
    kept = steering.style_summary(calls, [calls[0].answer])
    assert kept["key_agreement"] > 0.9


def test_examples_are_balanced_and_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "MOST_PIECES", 2)
    packed = learned()
    odd = replace(packed.pieces[0], style="unheard-of")
    rows, labels = steering.examples(packed, [*packed.pieces, odd], np.random.default_rng(0))
    assert set(labels) == {"folk", "jazz"} <= set(STYLES)
    assert len(rows) == len(labels) <= 2 * 2 * steering.STRETCHES
