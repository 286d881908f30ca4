import pytest

from antiphon.daemon import midi
from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.daemon.session.learned import Kind, Source
from antiphon.daemon.session.movements import Movements, Pick, Press, Turn, Wish

KNOB, PAD, PROGRAM = Source(Kind.CC, 21), Source(Kind.NOTE, 36), Source(Kind.PROGRAM)
VALUES = as_values(Controls(density=0.5, style="any"))


def cc(value: int) -> bytes:
    return midi.control_change(2, 21, value)


def turned(
    movements: Movements, value: int, target: str = "density", **values: Value
) -> Wish | None:
    return movements.moved(KNOB, target, cc(value), {**VALUES, **values})


def test_a_knob_sets_its_control_once_it_has_met_it() -> None:
    movements = Movements()
    assert turned(movements, 10) is None
    assert turned(movements, 70) == Turn({"density": "0.5512"})
    assert turned(movements, 127, density=0.5512) == Turn({"density": "1"})


def test_what_is_left_to_the_model_is_taken_over_at_once() -> None:
    assert turned(Movements(), 0, density=None) == Turn({"density": "0"})


def test_a_knob_may_move_several_controls_and_choices() -> None:
    assert turned(Movements(), 62, "temperature") == Turn({"temperature": "1.002"})


def test_a_choice_changes_where_its_place_on_the_knob_begins() -> None:
    movements = Movements()
    wishes = [turned(movements, value, "scale_lock") for value in range(60)]
    assert [place for place, wish in enumerate(wishes) if wish] == [43]
    assert wishes[43] == Turn({"scale_lock": "soft"})
    assert turned(movements, 60, "scale_lock", scale_lock="soft") is None


@pytest.mark.parametrize(
    ("values", "presses"),
    [([127, 0, 127, 0], 2), ([127, 127], 2), ([0, 0], 0), ([60, 64, 70, 80], 1), ([63], 0)],
)
def test_a_button_presses_once_each_time_it_goes_down(values: list[int], presses: int) -> None:
    movements = Movements()
    wishes = [turned(movements, value, "panic") for value in values]
    assert [wish for wish in wishes if wish] == [Press("panic")] * presses


def test_a_pad_presses_when_it_is_struck() -> None:
    movements = Movements()
    on, off = midi.note_on(9, 36, 1), midi.note_off(9, 36)
    assert movements.moved(PAD, "tap", on, VALUES) == Press("tap")
    assert movements.moved(PAD, "tap", off, VALUES) is None


def test_a_program_picks_a_choice_or_a_preset() -> None:
    movements = Movements()
    assert movements.moved(PROGRAM, "style", b"\xc0\x01", VALUES) == Turn({"style": "artsong"})
    assert movements.moved(PROGRAM, "preset", b"\xc0\x01", VALUES) == Pick(1)
    with pytest.raises(AntiphonError, match="program 101: style has"):
        movements.moved(PROGRAM, "style", b"\xc0\x64", VALUES)


KNOWN = {KNOB: "density", PAD: "panic", PROGRAM: "style", Source(Kind.CC, 7, 3): "temperature"}


def test_lights_show_what_changed_where_the_knob_was_heard() -> None:
    movements = Movements()
    turned(movements, 10)
    assert movements.lights(KNOWN, {"density": 0.5}) == {KNOB: midi.control_change(2, 21, 64)}
    assert movements.lights(KNOWN, {"density": None}) == {KNOB: midi.control_change(2, 21, 0)}
    assert movements.lights(KNOWN, {"style": "jazz"}) == {}
    (light,) = movements.lights(KNOWN, {"temperature_time": 2.0}).values()
    assert light == midi.control_change(3, 7, 127)


def test_what_a_knob_shows_is_not_sent_again_and_a_motor_goes_on_from_there() -> None:
    movements = Movements()
    turned(movements, 10)
    movements.lit(KNOB, cc(64))
    assert movements.lights(KNOWN, {"density": 0.5}) == {}
    assert turned(movements, 80) == Turn({"density": "0.6299"})
    movements.forget_places()
    assert KNOB in movements.lights(KNOWN, {"density": 0.6299})
