import pytest

from antiphon.daemon.controls import CONTROLS, Control
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.panel.faders import FADERS, moved, placed, reset, shown


@pytest.mark.parametrize("control", CONTROLS.values(), ids=lambda control: control.name)
def test_a_slider_goes_as_far_as_its_control_and_no_further(control: Control) -> None:
    for text in (placed(control, 0.0), placed(control, 0.5), placed(control, 1.0), reset(control)):
        control.parse(text)
    if not control.choices:
        for beyond in (control.low - 0.01, control.high + 0.01):
            with pytest.raises(AntiphonError):
                control.parse(str(beyond))


def test_every_control_has_one_and_no_key_chooses_two() -> None:
    assert [fader.name for fader in FADERS] == list(CONTROLS)
    keys = [fader.key for fader in FADERS if fader.key]
    assert len(set(keys)) == len(keys)


def test_steps_go_there_and_back() -> None:
    rhythm = CONTROLS["temperature_time"]
    assert moved(rhythm, 1.0, 1) == "1.05"
    assert moved(rhythm, 1.05, -1) == "1"
    assert moved(rhythm, 2.0, 5) == "2"
    assert moved(CONTROLS["density"], None, 1) == "0.55"
    assert moved(CONTROLS["lowest_key"], 21, 5) == "26"
    assert moved(CONTROLS["channel"], 16, 1) == "16"


def test_choices_go_round() -> None:
    scale = CONTROLS["scale_lock"]
    assert moved(scale, scale.choices[-1], 1) == scale.choices[0]
    assert moved(scale, scale.choices[0], -1) == scale.choices[-1]
    assert moved(scale, "of another version", 1) == scale.choices[0]
    assert placed(scale, 1.0) == scale.choices[-1]


def test_a_control_is_left_to_the_model_or_to_its_default() -> None:
    assert reset(CONTROLS["density"]) == "auto"
    assert reset(CONTROLS["channel"]) == "same"
    assert reset(CONTROLS["eagerness"]) == "0.5"
    assert reset(CONTROLS["highest_key"]) == "108"
    assert reset(CONTROLS["style"]) == "any"


def test_values_are_written_as_they_are_read() -> None:
    assert shown(CONTROLS["density"], None) == "auto"
    assert shown(CONTROLS["density"], 0.25) == "0.25"
    assert shown(CONTROLS["channel"], 3) == "3"
