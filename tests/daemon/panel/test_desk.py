from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import messages, wire
from antiphon.daemon.messages import Heard, Schedule, Sent, Withdrawn
from antiphon.daemon.midi import note_off, note_on
from antiphon.daemon.panel.desk import REMEMBER_S, Desk, lost, moves, nearness, taken
from antiphon.daemon.panel.roll import MACHINE, PLAYER, Note

ON, OFF = note_on(0, 60, 80), note_off(0, 60)
STATUS: dict[str, Any] = {
    "version": "1",
    "turn": "idle",
    "state": {},
    "controls": {"style": "any"},
    "problems": ["one", "two"],
    "input": "piano",
}


def after(*changes: dict[str, Any] | messages.Message, now: float = 10.0) -> Desk:
    desk = Desk("1")
    for change in changes:
        if not isinstance(change, dict):
            change = {"event": wire.as_table(change)}
        desk = taken(desk, change, now)
    return desk


def test_the_status_links() -> None:
    desk = after({"status": STATUS})
    assert (desk.linked, desk.turn, desk.log[-1]) == (True, "idle", "two")
    assert desk.status["input"] == "piano"


def test_a_daemon_of_another_version_is_told() -> None:
    desk = after({"status": {**STATUS, "version": "2"}})
    assert "version 2" in desk.log[-1]


def test_a_problem_that_is_over_is_not_shown_any_more() -> None:
    desk = after({"problem": "too many notes"}, {"solved": "another"})
    assert desk.log[-1] == "too many notes"
    assert after({"problem": "too many notes"}, {"solved": "too many notes"}).log[-1] == ""


def test_controls_are_merged() -> None:
    desk = after({"status": STATUS}, {"controls": {"density": 0.5}})
    assert desk.controls == {"style": "any", "density": 0.5}


def test_notes_of_both_are_kept_and_end() -> None:
    desk = after(Heard(1, 1.0, ON), Heard(2, 2.0, OFF), Sent(1, 3.0, 3.1, ON))
    assert desk.notes == (Note(PLAYER, 60, 1.0, 2.0), Note(MACHINE, 60, 3.1))
    assert desk.turn == "machine"


def test_a_key_struck_twice_ends_first() -> None:
    desk = after(Heard(1, 1.0, ON), Heard(2, 2.0, ON))
    assert desk.notes == (Note(PLAYER, 60, 1.0, 2.0), Note(PLAYER, 60, 2.0))


def test_old_notes_are_forgotten() -> None:
    desk = after(Heard(1, 1.0, ON), Heard(2, 2.0, OFF), Heard(3, 3.0 + REMEMBER_S, OFF))
    assert desk.notes == ()


def test_what_is_planned_goes_when_sent_or_withdrawn() -> None:
    plan = Schedule(1, 1, True, ((11.0, ON), (12.0, OFF)))
    desk = after(plan)
    assert len(desk.planned) == 2
    desk = after(plan, Sent(1, 11.0, 11.1, ON))
    assert [item.time for item in desk.planned] == [12.0]
    assert after(plan, Withdrawn(2, 10.0)).planned == after(plan).planned
    assert after(plan, Withdrawn(1, 10.0)).planned == ()
    assert [item.time for item in after(plan, Withdrawn(1, 11.5)).planned] == [11.0]


def test_the_end_of_the_turn_comes_nearer() -> None:
    pause = {"turn": "player", "state": {"turn_ends_in_s": 1.0}}
    desk = after(Heard(1, 9.0, ON), pause)
    assert [nearness(desk, now) for now in (9.0, 10.0, 11.0, 99.0)] == [0.0, 0.5, 1.0, 1.0]
    assert nearness(after(Heard(1, 9.0, ON), pause, Heard(2, 10.0, OFF)), 10.0) is None


def test_a_lost_daemon_ends_all() -> None:
    desk = after({"status": STATUS}, Heard(1, 1.0, ON), Schedule(1, 1, True, ((11.0, ON),)))
    desk = lost(desk, 10.0)
    assert (desk.linked, desk.planned, desk.notes) == (False, (), (Note(PLAYER, 60, 1.0, 10.0),))
    assert "gone" in desk.log[-1]


def test_a_still_desk_does_not_move() -> None:
    assert not moves(after({"status": STATUS}), 10.0)
    assert moves(after(Heard(1, 9.0, ON)), 10.0)
    assert not moves(after(Heard(1, 9.0, ON), Heard(2, 9.5, OFF)), 10.0 + REMEMBER_S)


@pytest.mark.parametrize(
    "change",
    [
        {"status": 7},
        {"event": {"is": "Heard"}},
        {"event": "la la"},
        {"controls": 7},
        {"turn": "player", "state": [1]},
    ],
)
def test_nonsense_is_a_line_for_the_user(change: dict[str, Any]) -> None:
    assert "does not understand" in after(change).log[-1]


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["is", "state", "turn", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*STATUS, "status", "event", "lateness"]), _JSON))
def test_whatever_is_said_never_fails(change: dict[str, Any]) -> None:
    assert isinstance(after(change), Desk)


def test_ports_that_are_changed_from_elsewhere_are_shown() -> None:
    desk = after({"status": STATUS}, {"input": "organ", "lost": ["output"]})
    assert (desk.status["input"], desk.status["lost"]) == ("organ", ["output"])


def test_an_answer_with_the_names_of_ports_offers_them() -> None:
    desk = after({"ports": {"input": "piano", "names": {"input": ["piano"]}}})
    assert desk.menu is not None
    assert after({"ports": {"input": "piano"}}).menu is None


def test_a_lesson_is_told_from_its_beginning_to_its_end() -> None:
    begun = after({"status": STATUS}, {"learning": "density"})
    assert begun.learning == "density"
    over = taken(begun, {"learned": {"cc 21": "density"}, "learning": None}, 10.0)
    assert over.learning == ""
    assert "cc 21 moves density" in taken(over, {"knob": "cc 21", "moves": "density"}, 10.0).log[-1]


def test_the_cost_is_that_of_the_latest_seconds() -> None:
    desk = Desk("1")
    for now, midi, model in ((1.0, 5.0, 9.0), (2.0, 9.0, 9.0), (3.0, 5.2, 10.0), (5.0, 5.3, None)):
        desk = taken(desk, {"processor_s": {"midi": midi, "model": model}}, now)
        if now == 3.0:
            assert desk.work is not None
            assert desk.work.shares == pytest.approx({"midi": 0.1, "model": 0.5})
    assert desk.work is not None
    assert desk.work.shares == {}
