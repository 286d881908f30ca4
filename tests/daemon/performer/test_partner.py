import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.controls import Controls
from antiphon.daemon.performer.line import Line
from antiphon.daemon.performer.partner import Partner
from antiphon.model import conditions
from antiphon.model.events import NOTE_OFF

FIGURE = (60, 64, 62, 67, 65, 71, 60)


def heard(figure: tuple[int, ...], gap_s: float = 0.25) -> Partner:
    partner = Partner()
    partner.begin()
    for index, key in enumerate(figure):
        partner.hear(index * gap_s, key, 64)
        partner.hear((index + 0.9) * gap_s, NOTE_OFF + key, 0)
    return partner


def line_of(keys: tuple[int, ...], gap_s: float = 0.25) -> Line:
    line = Line()
    for index, key in enumerate(keys):
        line.follow(50.0 + index * gap_s, key)
        line.follow(50.0 + (index + 0.9) * gap_s, NOTE_OFF + key)
    return line


@given(st.integers(-20, 20), st.integers(1, len(FIGURE) - 1), st.sampled_from([0.5, 1.0, 2.0]))
def test_a_figure_comes_back_in_any_key_and_at_any_speed(
    shift: int, length: int, pace: float
) -> None:
    begun = line_of(tuple(key + shift for key in FIGURE[:length]), 0.25 * pace)
    nats = heard(FIGURE).leaning(begun, Controls(echo=1.0))
    assert int(np.argmax(nats)) == FIGURE[length] + shift


def test_the_more_echo_the_stronger_and_none_without() -> None:
    partner, begun = heard(FIGURE), line_of(FIGURE[:3])
    nats = [partner.leaning(begun, Controls(echo=echo)).max() for echo in (0.0, 0.2, 1.0)]
    assert nats[0] == 0.0 < nats[1] < nats[2]


def test_a_reply_begins_as_the_model_likes() -> None:
    assert not heard(FIGURE).leaning(Line(), Controls(echo=1.0)).any()


def test_what_goes_round_and_round_costs_whatever_the_echo() -> None:
    for echo in (0.0, 1.0):
        nats = heard(FIGURE).leaning(line_of((80,) * 6), Controls(echo=echo))
        assert nats[80] < -1.0


def told(partner: Partner, controls: Controls, name: str) -> float:
    """The level that the model is told of a control, -1 for none."""
    first = conditions.level_index(name, 0)
    levels = partner.condition(controls)[first : first + conditions.LEVELS]
    return float(levels @ np.arange(conditions.LEVELS)) if levels.any() else -1.0


def test_a_control_left_to_the_model_is_asked_for_as_the_player_plays() -> None:
    low, high = (
        told(heard(tuple(key + shift for key in 2 * FIGURE)), Controls(), "register")
        for shift in (-12, 12)
    )
    assert 0.0 <= low < high
    assert told(Partner(), Controls(), "register") == -1.0


def test_a_control_that_is_set_is_what_is_asked_for() -> None:
    assert told(heard(2 * FIGURE), Controls(register=1.0), "register") == pytest.approx(7.0)


def test_the_mood_is_the_models_own() -> None:
    assert told(heard(2 * FIGURE), Controls(), "valence") == -1.0


@pytest.mark.parametrize("name", ["density", "loudness"])
def test_arousal_stirs_what_is_left_open(name: str) -> None:
    partner = heard(2 * FIGURE)
    own = partner.asked(Controls())[name]
    calm, so_so, excited = (partner.asked(Controls(arousal=at))[name] for at in (0.0, 0.5, 1.0))
    assert calm < so_so < excited <= 1.0
    assert so_so == pytest.approx(own)
    assert partner.asked(Controls(arousal=1.0, density=0.1, loudness=0.1))[name] == 0.1


def test_arousal_moves_nothing_before_the_player_has_played() -> None:
    assert Partner().asked(Controls(arousal=1.0)) == {"arousal": 1.0}
