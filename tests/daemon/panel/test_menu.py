from antiphon.daemon.controls import CONTROLS, DEEDS
from antiphon.daemon.panel.effects import Effect, LoadMorph, LoadPreset, OfferMorph, Request
from antiphon.daemon.panel.menu import NOW, Menu, keyed, morph, ports, presets, targets

FOUR = presets(["calm", "jazzy", "jazz-fast", "wild"], "wild")


def press(menu: Menu | None, *keys: str) -> tuple[Menu | None, list[Effect]]:
    effects: list[Effect] = []
    for key in keys:
        assert menu is not None
        menu, effects = keyed(menu, key)
    return menu, effects


def test_it_begins_at_what_is_so_and_is_walked_through() -> None:
    assert press(FOUR, "c-m") == (None, [LoadPreset("wild")])
    assert press(FOUR, "up", "c-m") == (None, [LoadPreset("jazz-fast")])
    assert press(FOUR, "down", "c-m") == (None, [LoadPreset("wild")])
    assert press(FOUR, "home", "c-m") == (None, [LoadPreset("calm")])
    assert press(FOUR, "escape") == (None, [])


def test_typing_narrows_it() -> None:
    assert press(FOUR, *"zzy", "c-m") == (None, [LoadPreset("jazzy")])
    assert press(FOUR, *"FAST", "c-m") == (None, [LoadPreset("jazz-fast")])
    assert press(FOUR, *"jazx", "c-h", "c-m") == (None, [LoadPreset("jazzy")])
    none, effects = press(FOUR, *"xx", "c-m")
    assert (none is not None, effects) == (True, [])


def test_ports_of_each_way_are_offered_with_what_is_so() -> None:
    names = {"input": ["keys", "pads"], "output": ["synth"], "controller": [], "feedback": ["x"]}
    menu = ports({"input": "pads", "output": "antiphon-out:out", "controller": "", "names": names})
    assert [entry.text for entry in menu.entries] == [
        "listen to  a virtual port",
        "listen to  keys",
        "listen to  pads  (now)",
        "play on    a virtual port  (now)",
        "play on    synth",
        "knobs from none  (now)",
    ]
    assert press(menu, "end", "c-m")[1] == [Request({"do": "connect", "controller": ""})]
    assert press(menu, *"synth", "c-m")[1] == [Request({"do": "connect", "output": "synth"})]


def test_a_morph_is_between_two() -> None:
    first = morph(["calm", "wild"], None)
    assert press(first, "c-m")[1] == [OfferMorph("")]
    assert press(first, *"wild", "c-m")[1] == [OfferMorph("wild")]
    assert [entry.effect for entry in morph(["calm", "wild"], "wild").entries] == [
        LoadMorph("wild", "calm")
    ]
    assert NOW in morph(["calm"], "").title


def test_all_that_can_be_learned_is_offered() -> None:
    menu = targets({"cc 21": "density", "cc 22": "density"}, ["nano"], "density")
    words = {entry.text.split()[0] for entry in menu.entries}
    assert words == {*CONTROLS, *DEEDS, "temperature", "preset", "map"}
    assert menu.found[menu.chosen].text == "density            cc 21, cc 22"
    assert press(menu, "c-m")[1] == [Request({"do": "learn", "target": "density"})]
    assert press(menu, "delete")[1] == [Request({"do": "learn", "forget": "density"})]
    assert press(menu, "up", "delete") == (keyed(menu, "up")[0], [])
    assert press(menu, *"nano", "c-m")[1] == [Request({"do": "learn", "map": "nano"})]
    assert targets("nonsense", [], "density").entries
