from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from antiphon.daemon.controls import CONTROLS, Controls, as_values
from antiphon.daemon.panel.desk import Desk, Work, lost, taken
from antiphon.daemon.panel.faders import FADERS, shown
from antiphon.daemon.panel.gestures import MORPH
from antiphon.daemon.panel.layout import HELP, Screen, hit, picture
from antiphon.daemon.panel.looks import ASCII, BLOCKS, Look
from antiphon.daemon.panel.menu import presets
from antiphon.daemon.panel.morph import Morph
from antiphon.daemon.panel.piano import Piano
from antiphon.daemon.panel.roll import MACHINE, PLAYER, Note

NOW = 100.0
STATUS: dict[str, Any] = {
    "version": "1",
    "turn": "player",
    "state": {"turn_ends_in_s": 0.5, "key": "C major", "chord": "Am7"},
    "controls": as_values(Controls()),
    "problems": ["the cable is out"],
    "input": "Flügel",
    "output": "synth",
    "backend": "alsa",
    "performer": {"provider": "cpu", "step_p50_ms": 0.5, "step_p99_ms": 1.25},
    "lateness": {"p50_ms": 0.1, "p99_ms": 0.2},
    "sound": {"sounds": False, "words": "off"},
}
FULL = replace(
    taken(Desk("1"), {"status": STATUS}, NOW),
    pause_began=NOW - 0.5,
    notes=(Note(PLAYER, 60, NOW - 2, NOW - 1), Note(MACHINE, 67, NOW - 0.5)),
)


def texts(screen: Screen) -> list[str]:
    return ["".join(text for _, text in line) for line in screen.lines]


def check(desk: Desk, size: tuple[int, int], *words: str, look: Look = BLOCKS) -> Screen:
    """Every word can be read at a size, and nothing goes over the edge."""
    screen = picture(desk, NOW, size, look)
    lines = texts(screen)
    assert len(lines) <= size[1]
    assert all(get_cwidth(line) <= size[0] for line in lines)
    for word in words:
        assert any(word in line for line in lines), (word, lines)
    return screen


def test_everything_is_there_at_80_by_24() -> None:
    labels = [fader.label for fader in FADERS]
    facts = ["YOU", "C major", "Am7", "Flügel → synth (alsa)", "the cable is out", "? help"]
    check(
        FULL, (80, 24), *labels, *facts, "p50 0.50 p99 1.25", "late p50 0.10 p99 0.20", "━━━━━─────"
    )
    check(FULL, (80, 24), "m mode      < reply    >", "━━━━━━━ 0.98", "······· auto")


def test_what_is_heard_keeps_its_place() -> None:
    state = {**STATUS["state"], "chord": None, "style": "jazz", "tempo_bpm": 92.5}
    first = texts(check(FULL, (80, 24)))[1]
    later = texts(check(replace(FULL, state=state), (80, 24)))[1]
    assert first == "heard  key C major   chord Am7     tempo -      style -        "
    assert later == "heard  key C major   chord -       tempo 92.5   style jazz     "


@pytest.mark.parametrize("mode", CONTROLS["mode"].choices)
def test_an_empty_roll_says_what_to_do(mode: str) -> None:
    new = replace(FULL, notes=(), controls={**FULL.controls, "mode": mode})
    check(new, (80, 24), "the machine", "Tab makes a piano")
    check(replace(new, piano=Piano()), (80, 24), "rows from z")
    for desk in (FULL, lost(new, NOW)):
        assert not any("Play" in line for line in texts(check(desk, (80, 24))))
    for size in ((30, 24), (80, 9)):
        assert not any("Play" in line for line in texts(check(new, size)))


def test_every_value_can_be_read_whole() -> None:
    for fader in FADERS:
        control = fader.control
        ends = control.choices or tuple(shown(control, at) for at in (control.low, control.high))
        longest = max(map(len, (*ends, control.unset or "")))
        assert longest <= (9 if control.choices else 4), control.name


def test_larger_is_filled() -> None:
    assert len(check(FULL, (200, 50), "style", "length").lines) == 50


def test_a_tiny_terminal_shows_what_matters() -> None:
    check(FULL, (20, 5), "YOU", "mode", "? help")


@pytest.mark.parametrize("look", [ASCII, BLOCKS])
def test_every_size_is_drawn(look: Look) -> None:
    offered = replace(FULL, menu=presets(NAMES, ""))
    morphing = replace(FULL, morph=Morph("a" * 40, "b" * 40, {}, {}))
    opened = (replace(FULL, help=True), replace(FULL, naming="x" * 40), offered, morphing)
    for desk in (FULL, Desk("1"), *opened):
        for size in ((0, 0), (1, 1), (3, 2), (20, 5), (37, 3), (40, 12), (77, 16), (80, 24)):
            for chosen in (0, len(FADERS) - 1):
                check(replace(desk, chosen=chosen), size, look=look)


def test_the_chosen_control_is_always_to_be_seen() -> None:
    for chosen, fader in enumerate(FADERS):
        check(replace(FULL, chosen=chosen), (30, 6), fader.label)


def test_plain_look_is_ascii_alone() -> None:
    lines = texts(check(FULL, (80, 24), "Fl?gel -> synth", "=====-----", look=ASCII))
    assert all(line.isascii() for line in lines)


def test_help_says_every_key() -> None:
    check(replace(FULL, help=True), (80, 24), *(text for _, text in HELP))


def test_what_is_going_on_is_said() -> None:
    check(lost(FULL, NOW), (80, 24), "NO DAEMON", "gone")
    check(replace(FULL, naming="wild"), (80, 24), "save preset as: wild_", "enter saves")
    check(replace(FULL, piano=Piano()), (80, 24), "from C3  [ ] velocity 80  tab ends")
    check(replace(FULL, preset="wild"), (80, 24), "preset wild")
    heard = taken(FULL, {"sound": {"sounds": True, "words": "piano by jack"}}, NOW)
    check(heard, (80, 24), "Flügel → synth + sound (alsa)")
    check(Desk("1"), (80, 24), "STARTING", "the model is being loaded")
    check(replace(FULL, other_version="2"), (80, 24), "version 2: restart one")
    lost_output = {**STATUS, "lost": ["output"], "controller": "knobs", "learning": "echo"}
    check(replace(FULL, status=lost_output), (80, 24), "synth (lost), knobs from knobs (alsa)")
    check(replace(FULL, status=lost_output), (80, 24), "move the knob for echo")
    long = {**STATUS, "input": "a2j:Keystation 49 [20] (capture): Keystation 49 MIDI 1"}
    check(replace(FULL, status=long), (80, 24), "not recording  Keystation 49 → synth (alsa)")
    check(replace(FULL, work=Work(1.0, {}, {"midi": 0.025})), (80, 24), "midi 2%")


NAMES = [f"preset{number}" for number in range(99)]


def test_a_menu_shows_what_was_typed_and_what_is_chosen() -> None:
    for size in ((80, 24), (20, 5)):
        for chosen in range(99):
            offered = replace(presets(NAMES, ""), chosen=chosen)
            check(replace(FULL, menu=offered), size, f"preset{chosen} ")
    typed = replace(presets(NAMES, ""), typed="zz")
    check(replace(FULL, menu=typed), (80, 24), "Load a preset: zz_", "nothing like that")
    screen = check(replace(FULL, menu=presets(NAMES, "")), (80, 24))
    row = next(row for row, line in enumerate(texts(screen)) if "preset3 " in line)
    assert hit(screen, row, 5) == ("3", 5 / 79)


def test_a_morph_has_a_slider() -> None:
    screen = check(replace(FULL, morph=Morph("a", "b", {}, {}, 0.5)), (80, 24), "b 0.50")
    row, column = next((t.row, t.column) for t in screen.targets if t.name == MORPH)
    assert hit(screen, row, column) == (MORPH, 0.0)


def test_a_click_finds_the_slider_it_is_on() -> None:
    screen = check(FULL, (80, 24))
    assert {target.name for target in screen.targets} == {fader.name for fader in FADERS}
    for target in screen.targets:
        assert hit(screen, target.row, target.column) == (target.name, 0.0)
        assert hit(screen, target.row, target.column + target.width - 1) == (target.name, 1.0)
    assert hit(screen, 0, 0) is None


_ANYTHING = st.none() | st.booleans() | st.floats() | st.text(max_size=4) | st.lists(st.floats())
_ANY_TABLE = st.dictionaries(
    st.sampled_from(
        ["turn_ends_in_s", "key", "provider", "step_p50_ms", "p50_ms", "mode", "style", "density"]
    ),
    _ANYTHING,
)


@given(st.dictionaries(st.sampled_from(list(STATUS)), _ANYTHING | _ANY_TABLE))
def test_whatever_a_daemon_says_can_be_drawn(status: dict[str, Any]) -> None:
    check(taken(Desk("1"), {"status": status}, NOW), (80, 24))
