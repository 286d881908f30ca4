"""What a draft leans toward, and that it stops leaning when it is there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.controls import from_values
from antiphon.daemon.performer.bearing import Bearing, bearing_of, habit_of, lean
from antiphon.daemon.performer.character import position
from antiphon.daemon.performer.query import Query
from antiphon.model.dialects import GAP_CLASSES, gap_class
from antiphon.model.events import MACHINE, NOTE_OFF, PLAYER, Event, step_of, touch_of

NO_TONES, NO_GAPS = habit_of(np.zeros(12)), habit_of(np.zeros(GAP_CLASSES))
SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def played(
    gap_s: float = 0.25,
    shift: int = 0,
    velocity: int = 64,
    length_s: float = 0.2,
    keys: tuple[int, ...] = SCALE,
    times: int = 8,
) -> Bearing:
    bearing, ends = Bearing(), list[tuple[float, int]]()
    for index, key in enumerate(keys * times):
        time_s = 100.0 + index * gap_s
        for end_s, ended in [end for end in ends if end[0] <= time_s]:
            bearing = bearing.follow(end_s, Event(MACHINE, 0, NOTE_OFF + ended))
        ends = [end for end in ends if end[0] > time_s]
        bearing = bearing.follow(time_s, Event(MACHINE, 0, key + shift, touch_of(velocity)))
        ends.append((time_s + length_s, key + shift))
    return bearing


def leaning(bearing: Bearing, **asked: float) -> Query:
    query = Query(noise=np.zeros(4, np.float32))
    lean(query, bearing, asked, from_values(asked))
    return query


@pytest.mark.parametrize(
    ("control", "bearing", "value"),
    [
        ("density", played(gap_s=0.1), 10.0),
        ("loudness", played(velocity=64), 66.0),
        ("register", played(keys=(60, 70)), 65.0),
        ("voices", played(gap_s=0.2, length_s=0.59), 3.0),
    ],
)
def test_what_was_played_is_measured(control: str, bearing: Bearing, value: float) -> None:
    assert bearing.measured()[control] == pytest.approx(value, rel=0.05)


def test_major_is_brighter_than_minor() -> None:
    minor = played(keys=(60, 63, 67, 60, 63, 67, 65, 62))
    assert minor.measured()["valence"] < 0 < played().measured()["valence"]


def test_it_begins_as_the_player_played() -> None:
    player = {"density": 9.0, "loudness": 40.0, "register": 72.0, "voices": 1.5}
    shares = habit_of(np.full(12, 1 / 12))
    begun = bearing_of(player, shares, NO_GAPS)
    assert {name: begun.measured()[name] for name in player} == pytest.approx(player)
    assert begun.measured()["valence"] == 0.0
    assert bearing_of({}, shares, NO_GAPS).measured()["loudness"] == Bearing().loudness


def test_the_pause_before_a_reply_is_no_rhythm() -> None:
    begun = bearing_of({"density": 8.0}, NO_TONES, NO_GAPS)
    assert begun.follow(5000.0, Event(MACHINE, 0, 60, 16)).gap_s == begun.gap_s


def test_louder_touches_gain_where_it_was_too_soft() -> None:
    assert (np.diff(leaning(played(velocity=40), loudness=0.9).touch) > 0).all()
    assert (np.diff(leaning(played(velocity=100), loudness=0.2).touch) < 0).all()


def test_higher_keys_gain_where_it_was_too_low() -> None:
    kind = leaning(played(), register=1.0).kind
    assert (np.diff(kind[:NOTE_OFF]) > 0).all()
    assert not kind[NOTE_OFF:].any()


def test_longer_steps_gain_where_it_was_too_busy() -> None:
    who_step = leaning(played(gap_s=0.05), density=0.1).who_step
    assert (np.diff(who_step[MACHINE]) > 0).all()
    assert not who_step[PLAYER].any()


def test_nothing_says_when_the_first_note_comes() -> None:
    assert not leaning(bearing_of({"density": 12.0}, NO_TONES, NO_GAPS), density=0.0).who_step.any()


def test_keys_stay_down_where_there_were_too_few_voices() -> None:
    kind = leaning(played(), voices=1.0).kind
    assert kind[NOTE_OFF + 60] < 0.0 == kind[60]


def test_the_third_makes_it_brighter_or_darker() -> None:
    bright = leaning(played(keys=(60, 63, 67, 60, 63, 67, 65, 62)), valence=1.0).kind
    assert bright[64] > 0.0 > bright[63]
    dark = leaning(played(), valence=0.0).kind
    assert dark[57] > dark[60]


def at_home(gap_s: float, tone: int) -> Bearing:
    """The player struck ``tone`` alone, every ``gap_s``; the draft a scale in another rhythm."""
    tones, gaps = np.zeros(12), np.zeros(GAP_CLASSES)
    tones[tone] = gaps[gap_class(gap_s)] = 1.0
    bearing = bearing_of({}, habit_of(tones), habit_of(gaps))
    for index, key in enumerate(SCALE):
        bearing = bearing.follow(100.0 + index * 0.1, Event(MACHINE, 0, key, 16))
    return bearing


def test_tones_gain_of_which_the_player_played_more() -> None:
    kind = leaning(at_home(0.1, 0)).kind
    assert kind[60] == kind[72] > 0.0 > kind[64]
    assert kind[61] == 0.0
    assert leaning(at_home(0.1, 0), valence=0.5).kind[61] != 0.0


def test_gaps_gain_that_the_player_left() -> None:
    gains = leaning(at_home(0.5, 0)).who_step[MACHINE]
    assert gains[step_of(0.5)] > 0.0 > gains[step_of(0.1)]
    assert gains[step_of(2.0)] == 0.0
    ended = at_home(0.5, 0).follow(100.95, Event(MACHINE, 0, NOTE_OFF + 72))
    assert leaning(ended).who_step[MACHINE][step_of(0.25)] > 0.0


def test_another_rhythm_than_the_players_is_leant_to_from_the_first_note_on() -> None:
    player, style = np.zeros(GAP_CLASSES), np.zeros(GAP_CLASSES)
    player[gap_class(0.1)] = style[gap_class(0.5)] = 1.0
    begun = bearing_of({}, NO_TONES, habit_of(player, style))
    gains = leaning(begun.follow(100.0, Event(MACHINE, 0, 60, 16))).who_step[MACHINE]
    assert gains[step_of(0.5)] > 0.0 > gains[step_of(0.1)]


@pytest.mark.parametrize("control", ["density", "arousal"])
def test_who_asks_for_another_pace_asks_for_another_rhythm(control: str) -> None:
    bearing = at_home(0.5, 0)
    same = {"density": position("density", bearing.measured()["density"])}
    asked = same if control == "density" else {"arousal": 1.0}
    assert not leaning(bearing, **asked).who_step.any()


CONTROLS = ("density", "loudness", "register", "voices", "valence")


@given(st.dictionaries(st.sampled_from(CONTROLS), st.floats(0.0, 1.0)))
def test_what_is_there_already_leans_nowhere(ignored: dict[str, float]) -> None:
    bearing = played()
    asked = {name: position(name, bearing.measured()[name]) for name in ignored}
    query = leaning(bearing, **asked)
    for mask in (query.who_step, query.kind, query.touch):
        assert np.abs(mask).max() < 1e-3


def test_arousal_and_strangers_have_no_direction() -> None:
    query = leaning(played(), arousal=1.0)
    assert not any(mask.any() for mask in (query.who_step, query.kind, query.touch))


def test_what_lies_long_ago_is_forgotten() -> None:
    softly = played(velocity=20)
    for index in range(60):
        softly = softly.follow(200.0 + index * 0.2, Event(MACHINE, step_of(0.2), 60, 25))
    assert softly.loudness == pytest.approx(102.0, abs=1.0)
