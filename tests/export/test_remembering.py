"""What is counted as coming back, and evenings played by an engine that only plays scales."""

import pytest

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls
from antiphon.daemon.messages import Timed, Verdict
from antiphon.daemon.session.jamming import Jam
from antiphon.export import remembering
from antiphon.export.company import as_played
from antiphon.export.remembering import LISTENS_S, figures, played
from antiphon.model.errors import ModelError
from tests.daemon.jam import ScriptedEngine
from tests.export.judges import corpus_of, steady, task_of

TUNE = (60, 62, 64, 65, 67, 65, 64, 62)


def tune(keys: tuple[int, ...], gap_s: float = 0.25) -> list[Timed]:
    return as_played(steady(gap_s, len(keys), keys))


def test_a_figure_is_the_same_in_any_key_and_at_any_speed() -> None:
    assert figures(tune((60, 62, 64, 65, 67))) == [(2, 2, 1, 2)]
    assert figures(tune((65, 67, 69, 70, 72), 1.0)) == [(2, 2, 1, 2)]
    assert figures(tune((60, 62, 64, 65))) == []


def test_of_a_chord_the_top_counts_however_it_is_struck() -> None:
    chords: list[Timed] = []
    for at, key in enumerate((60, 62, 64, 65, 67)):
        under = [(at / 2 + 0.01 * n, midi.note_on(0, key - 12 + 4 * n, 70)) for n in range(3)]
        ends = [(at / 2 + 0.4, midi.note_off(0, key - 12 + 4 * n)) for n in range(4)]
        chords += [*under, (at / 2 + 0.03, midi.note_on(0, key, 70)), *ends]
        chords.append((at / 2 + 0.4, midi.note_off(0, key)))
    assert figures(chords) == [(2, 2, 1, 2)]


def test_each_call_has_its_reply_and_a_verdict_is_learnt() -> None:
    call = tune(TUNE)
    jam = Jam(ScriptedEngine(), Controls(), 1)
    replies = played(jam, [call, call], good=True)
    assert all(replies)
    assert replies[0][-1][0] < call[-1][0] + LISTENS_S < replies[1][0][0]
    assert [what.good for _, what in jam.said if isinstance(what, Verdict)] == [True]


def test_who_plays_the_same_again_and_again_remembers_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remembering, "CALLS", 2)
    monkeypatch.setattr(remembering, "CALL_S", 4.0)
    monkeypatch.setattr(remembering, "SEARCH_S", 0.5)
    pieces = [("folk", steady(0.25, 60, keys)) for keys in (TUNE, (60, 67, 61, 66, 62))]
    found = remembering.measure(task_of(ScriptedEngine(), corpus_of(pieces)))["memory"]
    assert found["evenings"] == 2
    assert found["player"]["own"] == pytest.approx(1.0)
    assert found["player"]["other"] == 0.0
    assert set(found["verdict"]) == {"none", "good", "bad"}
    assert found["echo"]["0.0"]["figures"] > 0
    assert any("echo 0.5" in line for line in remembering.table({"memory": found}))


def test_short_pieces_make_no_evening() -> None:
    packed = corpus_of([("folk", steady(0.25, 20, TUNE))] * 3)
    with pytest.raises(ModelError, match="fewer than two"):
        remembering.measure(task_of(ScriptedEngine(), packed))
