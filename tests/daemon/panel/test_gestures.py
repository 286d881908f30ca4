from dataclasses import replace
from typing import Any

import pytest

from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.panel.changes import loaded, morphing
from antiphon.daemon.panel.desk import Desk
from antiphon.daemon.panel.effects import (
    NextPreset,
    OfferMorph,
    OfferPresets,
    OfferTargets,
    Quit,
    Request,
    SavePreset,
    TellReleases,
)
from antiphon.daemon.panel.faders import FADERS, PLACES
from antiphon.daemon.panel.gestures import MORPH, NAMED_KEYS, clicked, dragged, pressed, ticked
from antiphon.daemon.panel.menu import ports
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


@pytest.mark.parametrize("before", [(), ("?",), ("P", "a"), ("c-i", "z"), ("F",)])
def test_space_silences_everything_whatever_is_open(before: tuple[str, ...]) -> None:
    desk, effects = press(*before, " ")
    assert effects[-1] == PANIC
    assert desk.piano is None or not desk.piano.held


@pytest.mark.parametrize("before", [(), ("?",), ("P", "a"), ("c-i", "z"), ("F",)])
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
    assert effects.pop(0) == TellReleases(wanted=True)
    assert [effect.content["data"] for effect in effects] == ["903050", "903c50"]
    assert desk.piano is not None
    over, effects = ticked(desk, NOW + 2 + NOTE_S)
    assert [effect.content["data"] for effect in effects] == ["803040"]  # type: ignore[union-attr]
    desk, effects = press("c-i", desk=over)
    assert effects.pop() == TellReleases(wanted=False)
    assert (desk.piano, [effect.content["data"] for effect in effects]) == (None, ["803c40"])
    assert press("c-i", "escape", "q")[1][-1] == Quit()


def test_arrows_change_controls_while_the_keyboard_plays() -> None:
    assert press("4", "c-i", "right")[1][1:] == [asked({"density": "0.55"})]


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
    keys = [*NAMED_KEYS, *"?uposSmPq1zrRFLMKi-=[]!ü", "<any>", "f1"]
    for first in keys:
        for second in keys:
            press(first, second)
            press(first, second, desk=Desk("1"))


PORTS = {"input": "piano", "output": "antiphon-out:out", "names": {"input": ["piano", "organ"]}}
OFFERED = replace(READY, menu=ports(PORTS))


def test_ports_are_asked_for_and_chosen() -> None:
    assert press("i")[1] == [Request({"do": "ports"})]
    desk, effects = press("o", "r", "g", "c-m", desk=OFFERED)
    assert (desk.menu, effects) == (None, [Request({"do": "connect", "input": "organ"})])
    assert press("escape", desk=OFFERED) == (READY, [])


def test_a_line_of_a_menu_is_clicked() -> None:
    desk, effects = clicked(OFFERED, "0", 0.5, NOW)
    assert (desk.menu, effects) == (None, [Request({"do": "connect", "input": ""})])
    assert clicked(OFFERED, "7", 0.5, NOW) == (OFFERED, [])
    assert clicked(OFFERED, "density", 0.5, NOW) == (OFFERED, [])
    assert dragged(OFFERED, "0", 0.5, NOW) == (OFFERED, [])
    # The menu was closed meanwhile.
    assert clicked(READY, "0", 0.5, NOW) == (READY, [])


def test_what_is_to_be_looked_up_is_asked_for() -> None:
    assert press("L")[1] == [OfferPresets()]
    assert press("M")[1] == [OfferMorph()]
    assert press("4", "K")[1] == [OfferTargets("density")]


def test_a_lesson_can_be_left() -> None:
    learning = replace(READY, status={"learning": "density"})
    assert press("escape", desk=learning)[1] == [Request({"do": "learn", "stop": True})]


def test_recording_is_turned_on_and_off_and_the_latest_is_kept() -> None:
    assert press("r")[1] == [Request({"do": "record", "on": True})]
    recording = replace(READY, status={"recording": "/jams/1"})
    assert press("r", desk=recording)[1] == [Request({"do": "record", "on": False})]
    assert press("R")[1] == [Request({"do": "keep"})]


def test_all_that_was_liked_is_forgotten_only_on_a_second_thought() -> None:
    assert press("F", "c-m")[1] == []
    assert press("F", "down", "c-m")[1] == [Request({"do": "forget"})]


def test_one_preset_becomes_another() -> None:
    ends = {"density": "0", "style": "any"}, {"density": "1", "style": "jazz"}
    desk, effects = morphing(READY, "calm", "wild", ends, NOW)
    assert effects == [asked({"density": "0", "style": "any"})]
    _, effects = press("s-right", "s-right", "left", "home", "end", desk=desk)
    assert effects == [
        asked({"density": "0.25", "style": "any"}),
        asked({"density": "0.5", "style": "jazz"}),
        asked({"density": "0.45", "style": "any"}),
        asked(ends[0]),
        asked(ends[1]),
    ]
    assert dragged(desk, MORPH, 0.5, NOW)[1] == [asked({"density": "0.5", "style": "jazz"})]
    assert press("c-m", desk=desk)[0].morph is None
    assert clicked(READY, MORPH, 0.5, NOW) == (READY, [])


def test_a_morph_may_begin_at_what_is_so_now() -> None:
    desk, effects = morphing(READY, "", "wild", ({}, {"echo": "1"}), NOW)
    assert effects == [asked({"echo": "0.2"})]
    assert press("end", desk=desk)[1] == [asked({"echo": "1"})]


def test_nothing_in_common_is_nothing_to_morph() -> None:
    desk, effects = morphing(READY, "calm", "wild", ({"echo": "1"}, {"takes": "1"}), NOW)
    assert (effects, desk.morph) == ([], None)
    assert "no control in common" in desk.log[-1]
