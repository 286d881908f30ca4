from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.guardian.libjack import Wire
from antiphon.daemon.guardian.wires import BY_HAND_LOOKS, Wires

PLAYS = Wire("antiphon-out:out", "synth:in")
HEARS = Wire("keys:out", "antiphon:in")
ALL = {*PLAYS, *HEARS}


def test_what_was_lost_with_one_of_its_ends_is_made_again() -> None:
    wires = Wires()
    assert wires.look(ALL, {PLAYS, HEARS}) == set()
    assert wires.look(ALL - {"synth:in"}, {HEARS}) == set()
    assert wires.look(ALL, {HEARS}) == {PLAYS}
    assert wires.look(ALL, {HEARS, PLAYS}) == set()


def test_what_was_taken_away_by_hand_is_not() -> None:
    wires = Wires()
    wires.look(ALL, {PLAYS, HEARS})
    for _ in range(BY_HAND_LOOKS):
        assert wires.look(ALL, {HEARS}) == set()
    assert wires.look(ALL - {"synth:in"}, {HEARS}) == set()
    assert wires.look(ALL, {HEARS}) == set()
    assert wires.known == {HEARS}


def test_a_port_that_goes_after_its_connections_was_not_taken_away() -> None:
    wires = Wires()
    wires.look(ALL, {PLAYS, HEARS})
    assert wires.look(ALL, {HEARS}) == set()
    assert wires.look(ALL - {"synth:in"}, {HEARS}) == set()
    assert wires.look(ALL, {HEARS}) == {PLAYS}


def test_a_new_server_gets_the_connections_of_the_old_one() -> None:
    wires = Wires([PLAYS, HEARS])
    assert wires.look(set(), set()) == set()
    assert wires.look({*PLAYS}, set()) == {PLAYS}
    assert wires.look(ALL, {PLAYS}) == {HEARS}


def test_a_connection_that_is_refused_is_tried_again() -> None:
    wires = Wires([PLAYS])
    assert wires.look(ALL, set()) == wires.look(ALL, set()) == {PLAYS}


def test_it_knows_where_a_port_played_to() -> None:
    wires = Wires([PLAYS, HEARS, Wire("antiphon-out:out", "rack:in")])
    assert wires.sinks("antiphon-out:out") == ["rack:in", "synth:in"]


SOME_PORTS = st.sets(st.sampled_from(sorted(ALL)))


@given(st.lists(SOME_PORTS))
def test_as_long_as_nobody_takes_one_away_none_is_forgotten(looks: list[set[str]]) -> None:
    wires = Wires()
    made = {PLAYS, HEARS}
    wires.look(ALL, made)
    for ports in looks:
        made = {wire for wire in made if ports.issuperset(wire)}
        made |= wires.look(ports, made)
    assert wires.look(ALL, made) | made == {PLAYS, HEARS}
