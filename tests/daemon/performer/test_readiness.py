"""When a turn is over, from what is foreseen: the cheapest silence, within limits."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from antiphon.daemon.performer import readiness
from antiphon.daemon.performer.foresight import OUTCOMES, SILENCES_S, shipped_foresight
from antiphon.daemon.performer.readiness import over_s, patience_s, turn_over_s
from antiphon.daemon.performer.turns import Limits
from tests.daemon.performer.made_up import known

LIMITS = Limits(0.3, 1.6)
SHARES = st.lists(st.floats(0.0, 1.0), min_size=OUTCOMES, max_size=OUTCOMES).filter(sum)


def chances(over: float, next_s: float) -> NDArray[np.float64]:
    """The turn is over so likely; else the next event comes after ``next_s``."""
    found = np.zeros(OUTCOMES)
    found[np.searchsorted(SILENCES_S, next_s)] = 1.0 - over
    found[-1] = over
    return found


def test_a_turn_that_is_surely_over_ends_at_the_floor() -> None:
    assert over_s(known(5.0), chances(1.0, 1.0), 10.0, LIMITS) == 5.0 + LIMITS.floor_s


def test_one_that_surely_goes_on_ends_once_the_player_is_late() -> None:
    ends_s = over_s(known(5.0), chances(0.1, 0.8), 10.0, LIMITS) - 5.0
    assert 0.8 < ends_s < 1.1


def test_the_ceiling_ends_every_turn() -> None:
    assert over_s(known(5.0), chances(0.01, 2.5), 1000.0, LIMITS) == 5.0 + LIMITS.ceiling_s


def test_while_a_key_is_held_the_turn_goes_on_for_long() -> None:
    for eagerness in (0.0, 0.5, 1.0):
        ends_s = turn_over_s(known(5.0, held=1), eagerness, LIMITS, shipped_foresight())
        assert ends_s == 5.0 + LIMITS.ceiling_s


def test_full_eagerness_is_sooner_than_none_where_it_is_doubtful() -> None:
    doubtful = chances(0.5, 1.0)
    late_s, soon_s = (over_s(known(5.0), doubtful, patience_s(each), LIMITS) for each in (0.0, 1.0))
    assert soon_s < late_s


@given(SHARES, st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_more_eagerness_is_never_slower(shares: list[float], one: float, other: float) -> None:
    foreseen = np.array(shares) / sum(shares)
    late_s, soon_s = (
        over_s(known(5.0), foreseen, patience_s(each), LIMITS) for each in sorted((one, other))
    )
    assert soon_s <= late_s


@given(SHARES, st.floats(0.001, 1000.0))
def test_the_end_keeps_to_the_limits_and_costs_the_least(
    shares: list[float], patience: float
) -> None:
    foreseen = np.array(shares) / sum(shares)
    ends_s = over_s(known(0.0), foreseen, patience, LIMITS)
    assert LIMITS.floor_s <= ends_s <= LIMITS.ceiling_s
    costs_s = readiness.costs_s(foreseen, patience)
    if LIMITS.floor_s < ends_s < LIMITS.ceiling_s:
        assert costs_s[np.abs(SILENCES_S - ends_s).argmin()] == costs_s.min()
