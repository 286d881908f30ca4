import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.controls import (
    CONTROLS,
    Control,
    Controls,
    as_values,
    changed,
    from_values,
    parse,
    parse_all,
)
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.model.styles import STYLES


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("style", "jazz", {"style": "jazz"}),
        ("style", "ANY", {"style": "any"}),
        ("density", "0.25", {"density": 0.25}),
        ("density", "auto", {"density": None}),
        ("channel", "16", {"channel": 16}),
        ("channel", "same", {"channel": None}),
        ("lowest_key", "48", {"lowest_key": 48}),
        ("mode", "silent", {"mode": "silent"}),
        ("top_p", "1", {"top_p": 1.0}),
        (" Top_P ", " 0.9 ", {"top_p": 0.9}),
        (
            "temperature",
            "1.1",
            {"temperature_time": 1.1, "temperature_notes": 1.1, "temperature_touch": 1.1},
        ),
    ],
)
def test_a_control_is_read(name: str, text: str, changes: dict[str, Value]) -> None:
    assert parse(name, text) == changes


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("styl", "jazz", "no control 'styl'; did you mean style?"),
        ("xyzzy", "1", "no control 'xyzzy'"),
        ("style", "jaz", "did you mean jazz?"),
        ("style", "metal", "style=metal: expected one of any, artsong"),
        ("temperature", "3", "temperature=3: expected a number from 0.05 to 2"),
        ("temperature", "warm", "temperature=warm: expected a number"),
        ("top_p", "nan", "expected a number from 0.5 to 1"),
        ("density", "1.01", "expected a number from 0 to 1, or auto"),
        ("channel", "17", "expected a channel from 1 to 16, or same"),
        ("channel", "1.5", "expected a channel"),
        ("lowest_key", "20", "expected a key number from 21 to 108"),
        ("mode", "repli", "did you mean reply?"),
        ("mode", "re\nply\x1b", r"mode='re\nply\x1b': expected one of"),
        ("eagerness", "auto", "expected a number from 0 to 1"),
    ],
)
def test_a_mistake_is_one_line_that_helps(name: str, text: str, words: str) -> None:
    with pytest.raises(AntiphonError) as caught:
        parse(name, text)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_every_control_has_a_field_and_the_other_way_round() -> None:
    assert list(CONTROLS) == list(as_values(Controls()))


@pytest.mark.parametrize("name", CONTROLS)
def test_every_default_reads_back(name: str) -> None:
    value = as_values(Controls())[name]
    assert parse(name, CONTROLS[name].show(value)) == {name: value}


def test_changes_are_applied_all_or_none() -> None:
    with pytest.raises(AntiphonError):
        changed(Controls(), {"style": "jazz", "top_p": "7"})
    controls, changes = changed(Controls(), {"style": "jazz", "density": "0.5"})
    assert (controls.style, controls.density) == ("jazz", 0.5)
    assert changes == {"style": "jazz", "density": 0.5}


def test_some_key_must_be_left_to_play() -> None:
    with pytest.raises(AntiphonError, match="lowest_key 90 is above highest_key 80"):
        changed(Controls(), {"lowest_key": "90", "highest_key": "80"})


def test_pairs_are_split() -> None:
    assert parse_all(["style=jazz", " top_p = 0.9"]) == {"style": "jazz", "top_p": "0.9"}


@pytest.mark.parametrize("pair", ["style", "style=", "=jazz", ""])
def test_another_form_is_refused(pair: str) -> None:
    with pytest.raises(AntiphonError, match="name=value"):
        parse_all([pair])


@given(st.sampled_from(STYLES), st.floats(0, 1), st.one_of(st.none(), st.integers(1, 16)))
def test_controls_come_back_from_their_values(
    style: str, density: float, channel: int | None
) -> None:
    controls = Controls(style=style, density=density, channel=channel)
    assert from_values(as_values(controls)) == controls


def test_values_of_unknown_controls_are_refused() -> None:
    with pytest.raises(AntiphonError, match="no control 'stile'"):
        from_values({"stile": "jazz"})


@given(st.sampled_from(list(CONTROLS.values())), st.floats(0, 1))
def test_what_lies_anywhere_on_its_way_is_a_value_that_lies_there(
    control: Control, share: float
) -> None:
    found = control.share(control.parse(control.at(share)))
    assert found is not None
    grid = 1 / len(control.choices) if control.choices else 1 / (control.high - control.low)
    assert abs(found - share) <= (grid if control.choices or control.is_whole else 1e-3)


@pytest.mark.parametrize("value", [None, "auto", float("nan"), "x"])
def test_what_is_no_number_lies_nowhere(value: Value) -> None:
    assert CONTROLS["density"].share(value) is None
    assert CONTROLS["style"].share(value) is None
