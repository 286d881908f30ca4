import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.controls import ALIASES, CONTROLS, Controls, as_values, parse
from antiphon.daemon.osc import news
from antiphon.daemon.osc.packets import Arg, Message, decode, encode
from antiphon.daemon.osc.wishes import Set, understood


def told(change: dict[str, object]) -> dict[str, tuple[Arg, ...]]:
    return {m.address.removeprefix("/antiphon/"): m.args for m in news.of_change(change)}


@given(st.sampled_from(list(CONTROLS)), st.integers(0, 127), st.sampled_from(["control", "fader"]))
def test_what_is_told_sets_what_it_tells(name: str, place: int, parent: str) -> None:
    value = CONTROLS[name].parse(CONTROLS[name].at(place / 127))
    messages = {m.address: m for m in news.of_controls({name: value})}
    heard = decode(encode(messages[f"/antiphon/{parent}/{name}"]))[0]
    wish = understood(heard)
    assert isinstance(wish, Set)
    assert parse(wish.name, wish.text) == {name: value}


def test_what_is_left_to_the_model_has_no_place_on_a_fader() -> None:
    assert told({"controls": {"density": None}}) == {"control/density": ("auto",)}
    assert told({"controls": {"channel": None}}) == {"control/channel": ("same",)}
    sets = understood(Message("/antiphon/control/density", ("auto",)))
    assert isinstance(sets, Set)
    assert parse(sets.name, sets.text) == {"density": None}


def test_an_alias_shows_the_first_of_its_controls() -> None:
    values = as_values(Controls(temperature_time=1.5, temperature_notes=0.5))
    assert told({"controls": values})["control/temperature"] == (1.5,)
    assert told({"controls": {"temperature_notes": 0.5}}).keys() == {
        "control/temperature_notes",
        "fader/temperature_notes",
    }
    assert ALIASES["temperature"][0] == "temperature_time"


def test_who_sets_knows_what_it_is_then() -> None:
    wish = understood(Message("/antiphon/fader/takes", (0.5,)))
    assert isinstance(wish, Set)
    granted = news.granted(wish)
    assert granted is not None
    assert granted.address == "/antiphon/fader/takes"
    (share,) = granted.args
    assert share == pytest.approx(3 / 7)


def test_a_status_is_told_in_one_kind_each() -> None:
    nothing: dict[str, object] = {"turn": "idle", "state": {}, "performer": None, "recording": None}
    assert told(nothing) == {
        "record": (0,),
        "status/turn": ("idle",),
        "status/key": ("",),
        "status/chord": ("",),
        "status/style": ("",),
        "status/tempo": (0.0,),
        "status/recording": ("",),
        "status/model": ("",),
    }
    state = {"key": "C major", "chord": "Am", "tempo_bpm": 120, "style": "jazz"}
    found = told({"turn": "player", "state": state, "recording": "/jam"})
    assert found["status/key"] == ("C major",)
    assert found["status/style"] == ("jazz",)
    assert found["status/tempo"] == (120.0,)
    assert isinstance(found["status/tempo"][0], float)
    assert found["record"] == (1,)


def test_happenings_are_told() -> None:
    assert told({"kept": "/jam"}) == {"kept": ("/jam",)}
    assert told({"problem": "no port"}) == {"problem": ("no port",)}
    assert told({"solved": "no port"}) == {"solved": ("no port",)}
    assert told({"learning": "density"}) == {}
