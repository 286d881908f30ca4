"""Phrase ends of made-up performances, rules judged on them, and the command."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon import cli
from antiphon.daemon.performer.foresight import SILENCES_S, read_foresight
from antiphon.daemon.performer.moments import FEATURES
from antiphon.export import foreseeing, judging, phrases, replays, sections, turntaking
from antiphon.export.judging import Performance
from antiphon.export.phrases import Place
from antiphon.export.replays import Pause, Wait
from antiphon.model.arrays import PEDAL, Notes
from antiphon.model.errors import ModelError
from antiphon.model.events import PLAYER
from tests.daemon.jam import ScriptedEngine
from tests.daemon.performer.made_up import known
from tests.model.material import notes_of, save_midi


def phrase(start_s: float, gap_s: float = 0.25, length_s: float = 0.2, notes: int = 16) -> Notes:
    onsets = start_s + gap_s * np.arange(notes)
    return notes_of(
        *((float(t), float(t) + length_s, 60 + i % 12, 64) for i, t in enumerate(onsets))
    )


def ends(notes: Notes) -> list[tuple[float, str]]:
    return [(round(p.onset_s, 2), p.end) for p in phrases.places(notes) if p.end]


def test_a_rest_ends_a_phrase_and_so_does_a_hold() -> None:
    assert ends(np.concatenate([phrase(0.0), phrase(5.0)])) == [(3.75, "rest"), (8.75, "last")]
    held = phrase(0.0)
    held["offset"][-1] = 5.0
    assert ends(np.concatenate([held, phrase(5.0)])) == [(3.75, "hold"), (8.75, "last")]


def test_a_slow_piece_and_a_chord_have_no_ends_within() -> None:
    assert [end for _, end in ends(phrase(0.0, gap_s=1.5, length_s=1.4))] == ["last"]
    chords = np.sort(np.concatenate([phrase(0.0), phrase(0.01)]), order="onset")
    assert len(phrases.places(chords)) == 16


def test_only_the_longest_of_near_gaps_ends_a_phrase() -> None:
    notes = np.concatenate([phrase(0.0), phrase(4.9, notes=4), phrase(7.2)])
    assert [onset for onset, end in ends(notes) if end == "rest"] == [5.65]
    assert [round(p.onset_s, 2) for p in phrases.places(notes) if p.unsure] == [3.75]


def section(start_s: float, tonic: int, velocity: int) -> Notes:
    """Some twenty seconds on the triad of a tonic."""
    notes = phrase(start_s, gap_s=0.4, length_s=0.4, notes=50)
    notes["key"] = tonic + np.array([0, 4, 7, 12, 7] * 10)
    notes["velocity"] = velocity
    return notes


@pytest.mark.parametrize(("gap_s", "end"), [(0.65, "section"), (0.45, None)])
def test_a_breath_ends_a_phrase_where_two_sections_meet(gap_s: float, end: str | None) -> None:
    first = section(0.0, 48, 50)
    last_s = float(first["onset"][-1])
    both = np.concatenate([first, section(last_s + gap_s, 66, 90)])
    found = dict(ends(both))
    assert found.get(round(last_s, 2)) == end
    same = np.concatenate([first, section(last_s + gap_s, 48, 50)])
    assert [kind for _, kind in ends(same)] == ["last"]


def test_who_plays_the_same_throughout_has_one_section() -> None:
    notes = section(0.0, 60, 64)
    assert not sections.meet_at(notes, notes["onset"].astype(float)).any()
    assert not sections.meet_at(notes[:3], notes["onset"][:3].astype(float)).any()


def pause(at_s: float, until_s: float, end: str | None) -> Pause:
    return Pause(Place(at_s - 0.1, until_s, end), (Wait(known(at_s), at_s, until_s),), at_s)


def performance(within_s: float) -> Performance:
    """A minute: three pauses within a phrase of so many seconds, then its end."""
    inside = [pause(float(i), i + within_s, None) for i in range(3)]
    return Performance("made", 60.0, (*inside, pause(10.0, np.inf, "rest")))


def test_a_fixed_silence_is_judged_by_what_it_does() -> None:
    verdict = judging.judge(judging.fixed(0.6), [performance(0.5)])
    assert (verdict.false_per_minute, verdict.broken) == (0.0, 0.0)
    assert verdict.delay_mean_s == pytest.approx(0.6)
    verdict = judging.judge(judging.fixed(0.4), [performance(0.5), performance(0.3)])
    assert (verdict.false_per_minute, verdict.broken) == (1.5, 0.5)
    assert verdict.delay_median_s == pytest.approx(0.4)


def test_an_entry_where_the_player_may_have_been_done_is_not_surely_false() -> None:
    breath = replace(pause(4.0, 5.0, None), place=Place(3.9, 5.0, None, unsure=True))
    given = replace(performance(0.5), pauses=(breath, *performance(0.5).pauses))
    verdict = judging.judge(judging.fixed(0.6), [given])
    assert (verdict.false_per_minute, verdict.sure_per_minute) == (1.0, 0.0)
    verdict = judging.judge(judging.fixed(0.4), [given])
    assert (verdict.false_per_minute, verdict.sure_per_minute) == (4.0, 3.0)


def test_a_turn_never_taken_and_one_taken_while_a_note_is_held() -> None:
    waiting = Pause(Place(9.9, 11.0, "hold"), (Wait(known(10.0, held=1), 10.0, 11.0),), 11.0)
    given = [Performance("made", 60.0, (waiting,))]
    assert judging.judge(judging.fixed(0.25), given).delay_mean_s == judging.NEVER_S
    assert judging.judge(lambda _: 10.5, given).delay_mean_s == 0.0


def test_without_an_end_there_is_nothing_to_judge() -> None:
    with pytest.raises(ValueError, match="no phrase ends"):
        judging.judge(judging.fixed(1.0), [Performance("made", 1.0, ())])


def told_apart(within_s: float) -> Performance:
    """Pauses that end soon, and ends of phrases, which one feature tells from each other."""
    made = performance(within_s)
    made.pauses[-1].waits[0].moment.features[0] = 1.0
    return made


def test_training_tells_short_pauses_from_ends() -> None:
    lessons = [told_apart(0.7)] * 4
    learnt = foreseeing.train(lessons, steps=100, seed=0)
    inside, end = (pause.waits[0].moment.features for pause in lessons[0].pauses[-2:])
    assert learnt.chances(inside)[-1] < 0.1 < 0.9 < learnt.chances(end)[-1]
    silence = int(learnt.chances(inside).argmax())
    assert SILENCES_S[silence] <= 0.7 <= SILENCES_S[silence + 1]


def test_the_same_seed_trains_the_same_network() -> None:
    one, again = (foreseeing.train([told_apart(0.7)], steps=3, seed=5) for _ in range(2))
    assert np.array_equal(one.first, again.first)
    assert np.array_equal(one.outward, again.outward)


def test_across_folds_each_is_judged_by_what_the_others_taught() -> None:
    """In the first performance the feature means the contrary of what it means in the second."""
    usual, odd = told_apart(0.7), performance(0.7)
    for pause in odd.pauses[:-1]:
        pause.waits[0].moment.features[0] = 1.0
    foreseen = foreseeing.across([usual, odd], folds=2, steps=100, seed=0)
    for each in (usual, odd):
        assert foreseen(each.pauses[0].waits[0].moment)[-1] > 0.5
        assert foreseen(each.pauses[-1].waits[0].moment)[-1] < 0.5


def test_short_phrases_teach_nothing() -> None:
    short = performance(0.7)
    brief = [replace(pause.waits[0].moment, length_s=1.0) for pause in short.pauses]
    pauses = [
        replace(pause, waits=(replace(pause.waits[0], moment=moment),))
        for pause, moment in zip(short.pauses, brief, strict=True)
    ]
    with pytest.raises(ModelError, match="no phrase here is long enough"):
        foreseeing.train([replace(short, pauses=tuple(pauses))], steps=1, seed=0)


def test_a_replay_hears_what_was_played_and_lets_go_at_the_end() -> None:
    held = np.concatenate([phrase(0.0, notes=20), phrase(6.5), phrase(11.0)])
    held["offset"][19] = 9.0
    engine = ScriptedEngine()
    found = replays.pauses(engine, held, np.empty(0, PEDAL))
    [end] = [pause for pause in found if pause.place.end == "hold"]
    assert [wait.until_s for wait in end.waits] == [6.5, np.inf]
    assert [wait.moment.keys_held for wait in end.waits] == [1, 0]
    assert end.released_s == 6.5
    speakers = [event.who for event in engine.history if event.kind < 128]
    assert speakers[:20] == [PLAYER] * 20
    assert set(speakers[20:36]) == {1 - PLAYER}


def test_the_same_rate_lies_on_the_curve() -> None:
    points = [
        judging.Verdict(1, rate, 2.0 * rate, 0.0, 0.0, delay, 0.0)
        for rate, delay in ((0.0, 2), (0.0, 3), (2.0, 1))
    ]
    rule = judging.Verdict(1, 1.0, 1.0, 0.0, 0.0, 3.0, 0.0)
    alike = turntaking.same_rate(rule, points, "false_per_minute")
    assert alike == {"delay_mean_s": 1.5, "share": 0.5}
    assert turntaking.same_rate(rule, points, "sure_per_minute")["delay_mean_s"] == 1.75


def test_the_command_judges_and_fits(
    models: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        notes = np.concatenate([phrase(0.0, notes=20), phrase(6.5), phrase(11.0)])
        rows = notes[["onset", "offset", "key", "velocity"]].tolist()
        save_midi(tmp_path / f"{name}.mid", rows)
    words = ["evaluate", "turns", str(tmp_path), "--model", str(models["int8"]), "--events", "100"]
    assert cli.main(words) == 0
    assert "adaptive eagerness 0.5" in capsys.readouterr().out
    fit = [*words, "--steps", "5", "--json"]
    assert cli.main([*fit, "--fit", "--out", str(tmp_path / "turns.npz")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ends"]["rest"] >= 1
    assert read_foresight(tmp_path / "turns.npz").chances(np.zeros(FEATURES, np.float32)).any()
    assert cli.main([*fit, "--folds", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["ends"] == found["ends"]
    assert cli.main([*words, "--events", "9"]) == cli.USER_ERROR
    assert cli.main([*words, "--folds", "1"]) == cli.USER_ERROR
