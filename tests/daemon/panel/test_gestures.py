from dataclasses import replace
from typing import Any

import pytest

from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.panel.changes import loaded
from antiphon.daemon.panel.desk import Desk
from antiphon.daemon.panel.effects import NextPreset, Quit, Request, SavePreset, TellReleases
from antiphon.daemon.panel.faders import FADERS, PLACES
from antiphon.daemon.panel.gestures import NAMED_KEYS, clicked, dragged, pressed, ticked
from antiphon.daemon.panel.piano import NOTE_S, Piano

READY = Desk("1", linked=True, controls=as_values(Controls()))
PANIC = Request({"do": "panic"})
NOW = 100.0


def press(*keys: str, desk: Desk = READY, every_s: float = 2.0) -> tuple[Desk, list[Any]]:
    """The desk after keys were pressed one by one, and all that was asked for."""
    effects: list[Any] = []
    for number, key in enumerate(keys):
        desk, more = pressed(desk, key, NOW + number * every_s)
        effects += more
    return desk, effects


def asked(values: dict[str, str]) -> Request:
    return Request({"do": "set", "values": values})


@pytest.mark.parametrize("place", range(len(FADERS)))
def test_every_control_can_be_chosen_and_moves(place: int) -> None:
    name = FADERS[place].name
    chosen, _ = press(*["down"] * place)
    moved = [press(key, desk=chosen) for key in ("left", "right")]
    assert {tuple(effect.content["values"]) for _, (effect,) in moved} == {(name,)}
    assert any(desk.controls[name] != READY.controls[name] for desk, _ in moved)


@pytest.mark.parametrize(("key", "place"), PLACES.items())
def test_a_key_chooses_its_control(key: str, place: int) -> None:
    assert press(key)[0].chosen == place


def test_keys_choose_and_change() -> None:
    assert press("s", "right")[1] == [asked({"style": "artsong"})]
    assert press("4", "right", "right")[1] == [
        asked({"density": "0.55"}),
        asked({"density": "0.6"}),
    ]
    assert press("4", "end", "home")[1] == [asked({"density": "1"}), asked({"density": "0"})]
    assert press("4", "s-left")[1] == [asked({"density": "0.25"})]
    assert press("4", "delete")[1] == [asked({"density": "auto"})]
    assert press("1", "c-h")[1] == [asked({"temperature_time": "1"})]
    assert press("up")[0].chosen == len(FADERS) - 1
    assert press("down", "down", "up")[0].chosen == 1


def test_the_last_change_is_undone_first() -> None:
    desk, effects = press("4", "right", "s", "right", "u", "u")
    assert effects[2:] == [asked({"style": "any"}), asked({"density": "auto"})]
    desk, effects = press("u", desk=desk)
    assert effects == []
    assert desk.log[-1] == "nothing to undo"


def test_quick_moves_of_one_slider_are_one_change() -> None:
    _, effects = press("4", "right", "right", "right", "u", every_s=0.1)
    assert effects[-1] == asked({"density": "auto"})


def test_a_preset_is_undone_as_one() -> None:
    desk, effects = loaded(READY, "wild", {"style": "jazz", "density": "1"}, NOW)
    assert effects == [asked({"style": "jazz", "density": "1"})]
    assert desk.preset == "wild"
    assert press("u", desk=desk)[1] == [asked({"style": "any", "density": "auto"})]


def test_without_a_daemon_nothing_changes() -> None:
    desk, effects = press("4", "right", desk=replace(READY, linked=False))
    assert (effects, desk.controls["density"]) == ([], None)
    assert "no daemon" in desk.log[-1]


@pytest.mark.parametrize("before", [(), ("?",), ("P", "a"), ("c-i", "z")])
def test_space_silences_everything_whatever_is_open(before: tuple[str, ...]) -> None:
    desk, effects = press(*before, " ")
    assert effects[-1] == PANIC
    assert desk.piano is None or not desk.piano.held


@pytest.mark.parametrize("before", [(), ("?",), ("P", "a"), ("c-i", "z")])
def test_control_c_always_quits(before: tuple[str, ...]) -> None:
    assert press(*before, "c-c")[1][-1] == Quit()


def test_t_taps_the_beat() -> None:
    assert press("t")[1] == [Request({"do": "tap"})]


def test_help_opens_and_any_key_closes_it() -> None:
    assert press("?")[0].help
    assert press("?", "q") == (READY, [])


def test_a_preset_is_named_and_saved() -> None:
    desk, effects = press("P", "a", "q", "c-h", "b", "c-m")
    assert (effects, desk.naming, desk.preset) == ([SavePreset("ab")], None, "ab")
    assert press("P", "a", "escape")[0] == READY
    assert press("P", "c-m") == (READY, [])
    assert len(press("P", *"a" * 99)[0].naming or "") == 40
    assert press("P", "up", "end")[0].naming == ""


def test_presets_are_stepped_through() -> None:
    assert press("p", "o")[1] == [NextPreset("", 1), NextPreset("", -1)]


def test_the_keyboard_plays_until_it_is_put_away() -> None:
    desk, effects = press("c-i", "z", "q")
    assert [effect.content["data"] for effect in effects] == ["903050", "903c50"]
    assert desk.piano is not None
    over, effects = ticked(desk, NOW + 2 + NOTE_S)
    assert [effect.content["data"] for effect in effects] == ["803040"]  # type: ignore[union-attr]
    desk, effects = press("c-i", desk=over)
    assert (desk.piano, [effect.content["data"] for effect in effects]) == (None, ["803c40"])
    assert press("c-i", "escape", "q")[1] == [Quit()]


def test_arrows_change_controls_while_the_keyboard_plays() -> None:
    assert press("4", "c-i", "right")[1] == [asked({"density": "0.55"})]


def test_time_does_nothing_to_a_desk_without_keys() -> None:
    assert ticked(READY, NOW) == (READY, [])
    playing = replace(READY, piano=Piano())
    assert ticked(playing, NOW) == (playing, [])


def test_the_mouse_sets_sliders_and_steps_through_choices() -> None:
    desk, effects = clicked(READY, "density", 0.5, NOW)
    assert effects == [asked({"density": "0.5"})]
    assert desk.chosen == PLACES["4"]
    assert clicked(READY, "style", 0.9, NOW)[1] == [asked({"style": "artsong"})]
    assert dragged(READY, "style", 0.9, NOW) == (READY, [])
    assert dragged(READY, "density", 1.0, NOW)[1] == [asked({"density": "1"})]


def test_any_key_in_any_place_is_no_fault() -> None:
    keys = [*NAMED_KEYS, *"?uposSmPq1z-=[]!ü", "<any>", "f1"]
    for first in keys:
        for second in keys:
            press(first, second)
            press(first, second, desk=Desk("1"))
