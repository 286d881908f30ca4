from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.session.takeover import NEAR, TakeOver


def test_a_knob_waits_until_it_meets_its_value() -> None:
    knob = TakeOver()
    assert [knob.moves(place, 0.5) for place in (0.1, 0.3, 0.48)] == [False, False, False]
    assert knob.moves(0.52, 0.5)


def test_one_that_has_met_it_goes_on_until_another_hand_moves_it() -> None:
    knob = TakeOver()
    assert knob.moves(0.5, 0.5)
    knob.put(0.5)
    assert knob.moves(0.9, 0.5)
    knob.put(0.9)
    assert not knob.moves(0.85, 0.2)
    assert not knob.moves(0.8, 0.9)


def test_what_is_nowhere_cannot_jump() -> None:
    assert TakeOver().moves(0.7, None)


def test_a_fader_with_a_motor_is_where_it_was_set() -> None:
    knob = TakeOver()
    assert not knob.moves(0.1, 0.5)
    knob.set_to(0.5)
    assert knob.moves(0.6, 0.5)


@given(
    st.lists(
        st.tuples(st.booleans(), st.none() | st.floats(0, 1), st.integers(0, 127)), max_size=40
    )
)
def test_a_value_never_moves_further_than_the_knob(
    deeds: list[tuple[bool, float | None, int]],
) -> None:
    knob, value, last = TakeOver(), 0.5, None
    for is_another_hand, elsewhere, number in deeds:
        if is_another_hand:
            value = value if elsewhere is None else elsewhere
            continue
        place = number / 127
        if knob.moves(place, value):
            travelled = 0.0 if last is None else abs(place - last)
            assert abs(place - value) <= travelled + NEAR + 1e-9
            value = place
            knob.put(value)
        last = place
