"""Replies made without a clock, and how they are set beside what really followed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon import cli, midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Timed
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.export import likeness, replies
from antiphon.export.answering import Answered, answer, faults, sounded, with_control
from antiphon.export.passages import sequence, shifted
from antiphon.export.write import write
from antiphon.model import conditions, corpus
from antiphon.model.arrays import Notes
from antiphon.model.errors import ModelError
from antiphon.model.events import NOTE_OFF, STEP_S
from antiphon.model.styles import STYLES
from tests.daemon.jam import ScriptedEngine
from tests.export.judges import Judge, corpus_of, steady, task_of
from tests.model.material import TINY, lively, save_midi, scale

TUNE = (60, 62, 64, 65, 67, 65, 64, 62)
CALL = sequence(steady(0.25, 24, TUNE), corpus_of([("folk", steady(1, 9, TUNE))]).all_pedals, 0.0)


def reply(engine: ScriptedEngine | OnnxEngine, controls: Controls, seed: int = 1) -> Answered:
    return answer(engine, CALL, controls, seed)


def test_a_reply_is_about_as_long_as_its_call_and_comes_after_it() -> None:
    made = reply(ScriptedEngine(), Controls())
    assert made.faults == ()
    call_s = sum(float(STEP_S[event.step]) for event in CALL)
    assert made.notes["onset"][0] > call_s
    assert call_s * 0.9 < made.notes["offset"].max() - call_s < call_s * 1.7
    twice = reply(ScriptedEngine(), Controls(reply_length=2.0))
    assert len(twice.notes) > 1.7 * len(made.notes)


def test_the_engine_hears_the_call_once_and_each_event_drawn_once() -> None:
    engine = ScriptedEngine()
    made = reply(engine, Controls(style="jazz", density=1.0, takes=1))
    assert engine.runs[0] == len(CALL)
    assert set(engine.runs[1:]) == {1}
    assert engine.history[: len(CALL)] == CALL
    drawn = engine.history[len(CALL) :]
    assert sum(event.kind < NOTE_OFF for event in drawn) in (len(made.notes), len(made.notes) - 1)
    told = engine.conditions[-1]
    assert told[conditions.style_index("jazz")] == told[: len(STYLES)].max() > 0.0
    assert told[conditions.hand_index("performed")] == 1.0
    assert told[conditions.level_index("density", 7)] == 1.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that remembers a whole call and reply."""
    path = tmp_path_factory.mktemp("model") / "roomy.onnx"
    write(lively(replace(TINY, window=512)), "int8", path)
    return path


def test_real_models_reply_without_fault(model: Path) -> None:
    engine = OnnxEngine(model)
    one = reply(engine, Controls(lowest_key=48, highest_key=72), seed=1)
    assert one.faults == ()
    assert 48 <= one.notes["key"].min() <= one.notes["key"].max() <= 72
    again = reply(engine, Controls(lowest_key=48, highest_key=72), seed=1)
    assert np.array_equal(one.notes, again.notes)


ON, OFF = midi.note_on, midi.note_off


@pytest.mark.parametrize(
    ("messages", "found"),
    [
        ([], ["is empty"]),
        ([(1.0, ON(0, 60, 9)), (1.1, ON(0, 64, 9)), (1.2, OFF(0, 60)), (1.2, OFF(0, 64))], []),
        (
            [(1.0, ON(0, 60, 9)), (1.2, ON(0, 60, 9)), (1.3, OFF(0, 60))],
            ["starts a key that sounds"],
        ),
        (
            [(1.0, ON(0, 60, 9)), (1.2, OFF(0, 60)), (1.3, OFF(0, 61))],
            ["ends a key that does not sound"],
        ),
        ([(1.0, ON(0, 60, 9))], ["leaves something held"]),
        (
            [(1.0, ON(0, 60, 9)), (1.1, midi.sustain(0, 127)), (1.2, OFF(0, 60))],
            ["leaves something held"],
        ),
        ([(1.0, ON(0, 120, 9)), (1.2, OFF(0, 120))], ["leaves the keys allowed"]),
        ([(0.4, ON(0, 60, 9)), (1.2, OFF(0, 60))], ["is out of time"]),
        ([(1.0, ON(0, 60, 9)), (0.9, OFF(0, 60))], ["is out of time"]),
    ],
)
def test_faults_are_found(messages: list[Timed], found: list[str]) -> None:
    assert faults(messages, 0.5, Controls()) == found


def test_messages_sound_as_they_are() -> None:
    notes = sounded(
        [(1.0, ON(0, 60, 9)), (1.1, ON(0, 64, 19)), (1.2, OFF(0, 60)), (1.5, OFF(0, 1))]
    )
    assert notes["onset"].tolist() == pytest.approx([1.0, 1.1])
    assert notes["offset"].tolist() == pytest.approx([1.2, 1.5])
    assert notes["velocity"].tolist() == [9, 19]


def test_only_musical_controls_have_positions() -> None:
    assert with_control(Controls(), "density", 0.2) == replace(Controls(), density=0.2)
    with pytest.raises(ValueError, match="is none of"):
        with_control(Controls(), "mode", 0.2)


def test_equal_stretches_are_no_distance_apart() -> None:
    notes = steady(0.25, 24, TUNE)
    near = likeness.distances(notes, notes)
    for name, value in near.items():
        assert value == pytest.approx(1.0 if name in likeness.SIMILARITIES else 0.0)


def far(notes: Notes) -> dict[str, float]:
    return likeness.distances(steady(0.25, 24, TUNE), notes)


def test_each_distance_sees_its_own_difference() -> None:
    assert far(shifted(steady(0.25, 24, TUNE), 6))["key agreement"] < 0
    assert far(shifted(steady(0.25, 24, TUNE), 6))["intervals"] == 0.0
    assert far(shifted(steady(0.25, 24, TUNE), 12))["register"] == 12.0
    assert far(shifted(steady(0.25, 24, TUNE), 12))["pitch classes"] == 0.0
    assert far(steady(0.125, 48, TUNE))["density"] == pytest.approx(1.0, abs=0.1)
    assert far(steady(0.125, 48, TUNE))["inter-onset times"] == pytest.approx(1.0, abs=1e-6)
    assert far(steady(0.125, 48, TUNE))["grooving similarity"] < 0.95
    assert far(steady(0.25, 24, TUNE, velocity=104))["velocities"] == 1.0
    assert far(steady(0.25, 24, TUNE, velocity=104))["loudness"] == 40.0


def test_halves_of_the_same_are_no_distance_apart() -> None:
    rng = np.random.default_rng(0)
    assert likeness.between_halves(np.full(20, 0.3), rng) == pytest.approx(0.0)
    assert likeness.between_halves(np.arange(20.0), rng) > 1.0


def test_a_reply_that_is_the_continuation_measures_the_same() -> None:
    rng = np.random.default_rng(1)
    made = [("folk", steady(0.2 + 0.03 * i, 200, TUNE[i % 4 :])) for i in range(6)]
    packed = corpus_of(made, split="train")
    passages = replies.calls(packed, 5, rng)
    assert len(passages) == 5
    answers = [Answered(passage.answer, ()) for passage in passages]
    found = replies.report(replies.compare(passages, answers), answers, packed, rng)
    assert found["empty"] == found["broken"] == 0.0
    for row in found["distances"].values():
        assert row["reply"] == pytest.approx(row["true"])
    assert found["distances"]["inter-onset times"]["other"] > 0.3
    assert found["copied"]["from training"] == {"reply": 1.0, "true": 1.0, "other": 1.0}
    assert found["traits"]["notes"]["reply"] == found["traits"]["notes"]["true"]
    assert "from training" in "\n".join(replies.table({"replies": found}))


def test_empty_and_broken_replies_are_counted() -> None:
    rng = np.random.default_rng(1)
    packed = corpus_of([("folk", steady(0.2, 200, TUNE))] * 4)
    passages = replies.calls(packed, 4, rng)
    nothing = passages[0].answer[:0]
    answers = [
        Answered(nothing, ("is empty",)),
        Answered(nothing, ("is empty", "does not end")),
        Answered(passages[2].answer, ("is out of time",)),
        Answered(passages[3].answer, ()),
    ]
    found = replies.report(replies.compare(passages, answers), answers, None, rng)
    assert (found["empty"], found["broken"], found["compared"]) == (0.5, 0.5, 2)
    assert found["faults"] == {"does not end": 1, "is out of time": 1}
    assert list(found["copied"]) == ["from the call"]


def test_pieces_without_room_for_a_call_are_named() -> None:
    with pytest.raises(ModelError, match="fewer than two pieces"):
        replies.measure(
            task_of(Judge(lambda *_: 0.0), corpus_of([("folk", steady(0.2, 40, TUNE))]))
        )


def test_the_command_prints_and_draws(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        save_midi(tmp_path / "midi" / f"{name}.mid", scale(140))
    corpus.pack(corpus_of([("folk", steady(0.2, 40, TUNE))], split="train"), tmp_path / "packed")
    words = ["evaluate", str(tmp_path / "midi"), "--model", str(model), "--windows", "2"]
    more = ["--replies", "--corpus", str(tmp_path / "packed"), "--picture", str(tmp_path / "p.png")]
    assert cli.main([*words, *more, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["replies"]
    assert found["calls"] == 2
    assert found["broken"] == 0.0
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"
    assert cli.main([*words, "--replies"]) == 0
    assert "--corpus" in capsys.readouterr().out
    assert cli.main([*words, "--picture", "p.png"]) == cli.USER_ERROR
    assert "--replies" in capsys.readouterr().err
