import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import midi
from antiphon.daemon.messages import LONGEST_VERDICT, Timed, Verdict
from antiphon.daemon.performer.line import Line
from antiphon.daemon.performer.taste import LEAN, REST_S, STRETCH_S, Stretch, Taste
from antiphon.model.events import NOTE_OFF

FIGURE = (60, 64, 62, 67, 65, 71, 60, 72)


def notes(keys: tuple[int, ...], velocity: int = 64, gap_s: float = 0.25) -> tuple[Timed, ...]:
    timed: list[Timed] = []
    for index, key in enumerate(keys):
        timed.append((index * gap_s, midi.note_on(0, key, velocity)))
        timed.append(((index + 0.9) * gap_s, midi.note_off(0, key)))
    return tuple(timed)


def line_of(keys: tuple[int, ...]) -> Line:
    line = Line()
    for time_s, data in notes(keys):
        on = midi.is_note_on(data)
        line.follow(time_s, midi.key(data) if on else NOTE_OFF + midi.key(data))
    return line


def taste_of(*verdicts: Verdict) -> Taste:
    taste = Taste()
    for verdict in verdicts:
        taste.learn(verdict)
    return taste


@given(st.integers(-20, 20), st.integers(1, len(FIGURE) - 1))
def test_what_was_liked_comes_back_and_what_was_not_stays_away(shift: int, length: int) -> None:
    begun = line_of(tuple(key + shift for key in FIGURE[:length]))
    following = FIGURE[length] + shift
    liked, disliked = (taste_of(Verdict(good, notes(FIGURE))) for good in (True, False))
    assert int(np.argmax(liked.leaning(begun))) == following
    assert int(np.argmin(disliked.leaning(begun))) == following
    assert liked.leaning(begun).min() == disliked.leaning(begun).max() == 0.0


def test_a_figure_that_was_liked_and_then_not_is_as_any_other() -> None:
    both = taste_of(Verdict(True, notes(FIGURE)), Verdict(False, notes(FIGURE)))
    assert not both.leaning(line_of(FIGURE[:3])).any()


def loudness(taste: Taste, position: float = 0.5) -> float:
    return taste.drawn({"loudness": position})["loudness"]


def test_a_liked_character_draws_and_a_disliked_one_repels() -> None:
    loud = notes(FIGURE, velocity=100)
    assert loudness(taste_of()) == 0.5
    assert loudness(taste_of(Verdict(True, loud))) > 0.5
    assert loudness(taste_of(Verdict(False, loud))) < 0.5
    once, twice = (taste_of(*[Verdict(True, loud)] * times) for times in (1, 2))
    assert loudness(once, 0.85) < loudness(twice, 0.85) <= 1.0


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 127)), max_size=8),
    st.floats(0.0, 1.0),
)
def test_no_taste_draws_further_than_it_may(
    verdicts: list[tuple[bool, int]], position: float
) -> None:
    taste = taste_of(*(Verdict(good, notes(FIGURE, velocity)) for good, velocity in verdicts))
    drawn = loudness(taste, position)
    assert 0.0 <= drawn <= 1.0
    assert abs(drawn - position) <= LEAN + 1e-9


def test_all_can_be_forgotten() -> None:
    taste = taste_of(Verdict(True, notes(FIGURE, velocity=100)))
    taste.forget()
    assert not taste.leaning(line_of(FIGURE[:3])).any()
    assert loudness(taste) == 0.5


def stretch_of(timed: tuple[Timed, ...]) -> Stretch:
    stretch = Stretch()
    for time_s, data in timed:
        stretch.add(time_s, data)
    return stretch


def test_a_verdict_is_on_what_was_played_since_the_last_long_rest() -> None:
    later = tuple((100.0 + time_s, data) for time_s, data in notes(FIGURE[:3]))
    verdict = stretch_of((*notes(FIGURE), *later)).verdict(True)
    assert verdict == Verdict(True, notes(FIGURE[:3]))


@pytest.mark.parametrize("timed", [(), ((0.0, midi.sustain(0, 0)),)])
def test_nothing_played_is_nothing_to_judge(timed: tuple[Timed, ...]) -> None:
    assert stretch_of(timed).verdict(False) is None


@given(st.lists(st.floats(0.0, 2 * REST_S), max_size=400))
def test_a_verdict_is_bounded(gaps_s: list[float]) -> None:
    stretch, now = Stretch(), 50.0
    for gap_s in gaps_s:
        now += gap_s
        stretch.add(now, midi.note_on(0, 60, 64))
    verdict = stretch.verdict(True)
    assert (verdict is None) == (not gaps_s)
    if verdict is not None:
        times = [time_s for time_s, _ in verdict.messages]
        assert len(times) <= LONGEST_VERDICT
        assert times[0] == 0.0
        assert times == sorted(times)
        assert times[-1] <= STRETCH_S + 0.001
