"""Phrase ends of made-up performances, rules judged on them, and the command."""

import json
from pathlib import Path

import numpy as np
import pytest

from antiphon.daemon import cli
from antiphon.daemon.performer import readiness
from antiphon.daemon.performer.readiness import Moment
from antiphon.daemon.performer.turns import Limits
from antiphon.export import judging, phrases, replays, turntaking
from antiphon.export.judging import Performance
from antiphon.export.phrases import Place
from antiphon.export.replays import Pause, Wait
from antiphon.model.corpus import PEDAL, Notes
from antiphon.model.events import PLAYER, STEPS
from tests.daemon.jam import ScriptedEngine
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


def known(event_s: float, held: int = 0) -> Moment:
    return Moment(
        last_onset_s=event_s - 0.1,
        last_event_s=event_s,
        slow_gap_s=0.3,
        last_gap_s=0.3,
        usual_gap_s=0.3,
        widest_gap_s=0.6,
        keys_held=held,
        pedal=False,
        cadence=0.0,
        length_s=4.0,
        who_step=np.zeros((2, STEPS), np.float32),
    )


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


def test_a_turn_never_taken_and_one_taken_while_a_note_is_held() -> None:
    waiting = Pause(Place(9.9, 11.0, "hold"), (Wait(known(10.0, held=1), 10.0, 11.0),), 11.0)
    given = [Performance("made", 60.0, (waiting,))]
    assert judging.judge(judging.fixed(0.25), given).delay_mean_s == judging.NEVER_S
    assert judging.judge(lambda _: 10.5, given).delay_mean_s == 0.0


def test_without_an_end_there_is_nothing_to_judge() -> None:
    with pytest.raises(ValueError, match="no phrase ends"):
        judging.judge(judging.fixed(1.0), [Performance("made", 1.0, ())])


def test_fitted_weights_tell_short_pauses_from_ends() -> None:
    weights = judging.fitted([performance(0.7)] * 20)
    assert list(weights) == list(readiness.WEIGHTS)
    given = np.array(list(weights.values()))
    odds = readiness.log_odds(known(0.0), np.array([0.3, 1.5]), given)
    assert odds[0] < 1.0 < odds[1]


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
        judging.Verdict(1, rate, 0.0, 0.0, delay, 0.0)
        for rate, delay in ((0.0, 2), (0.0, 3), (2.0, 1))
    ]
    rule = judging.Verdict(1, 1.0, 0.0, 0.0, 3.0, 0.0)
    assert turntaking.same_rate(rule, points) == {"delay_mean_s": 1.5, "share": 0.5}


def test_while_a_key_is_held_the_turn_goes_on_for_long() -> None:
    limits = Limits(0.3, 1.6)
    for eagerness in (0.0, 0.5, 1.0):
        assert readiness.turn_over_s(known(5.0, held=1), eagerness, limits) == 5.0 + limits.held_s


def test_more_eagerness_is_never_slower() -> None:
    limits = Limits(0.3, 1.6)
    ends_s = [readiness.turn_over_s(known(5.0), e / 4, limits) for e in range(5)]
    assert ends_s == sorted(ends_s, reverse=True)
    assert ends_s[0] > ends_s[-1]


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
    assert cli.main([*words, "--fit", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ends"]["rest"] >= 1
    assert set(found["weights"]) == set(readiness.WEIGHTS)
    assert cli.main([*words, "--events", "9"]) == cli.USER_ERROR
