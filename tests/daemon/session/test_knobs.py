import queue
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from antiphon.daemon import controls, midi, presets
from antiphon.daemon.controls import Controls, as_values
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Value
from antiphon.daemon.session import knobs as module
from antiphon.daemon.session.knobs import Hands, Knobs
from antiphon.daemon.thru.core import ThruCore
from antiphon.daemon.thru.settings import ThruSettings

ON, OFF = midi.note_on(9, 36, 90), midi.note_off(9, 36)


def cc(value: int, number: int = 21) -> bytes:
    return midi.control_change(0, number, value)


class Desk:
    """What knobs move, and all that comes of it, in order."""

    def __init__(self, path: Path, *, thru: bool = False, lit: bool = True) -> None:
        self.controls = Controls(density=0.5)
        self.came: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self.is_lit = lit
        hands = Hands(
            lambda: as_values(self.controls),
            self.set,
            {"panic": lambda: self.came.put(("did", "panic")), "tap": self.fail},
            self.light,
            lambda change: self.came.put(("told", change)),
            lambda text: self.came.put(("trouble", text)),
            self.reserve,
        )
        self.thru = ThruCore(ThruSettings(controllers_pass=thru))
        self.knobs = Knobs(path, hands)

    def reserve(self, heads: frozenset[bytes]) -> None:
        self.thru.apply(0.0, {"controllers": heads})

    def take(self, data: bytes) -> bool:
        """A message comes in; whether it is for a control, and not for the music."""
        passed = self.thru.receive(data, 0.0)
        if passed.moved is not None:
            self.knobs.moved(passed.moved)
        return passed.received is None

    def set(self, texts: Mapping[str, str]) -> dict[str, Value]:
        self.controls, changes = controls.changed(self.controls, texts)
        self.came.put(("set", changes))
        self.knobs.changed(changes)
        return changes

    def fail(self) -> None:
        raise AntiphonError("no beat")

    def light(self, data: bytes) -> bool:
        self.came.put(("lit", data))
        return self.is_lit

    def next(self, kind: str) -> Any:
        while True:
            found, content = self.came.get(timeout=20)
            if found == kind:
                return content

    def until_told(self, wanted: Callable[[Any], bool]) -> Any:
        while not wanted(change := self.next("told")):
            pass
        return change

    def teach(self, target: str, *data: bytes) -> Any:
        self.knobs.learn(target, 1)
        for one in data:
            assert self.take(one)
        return self.until_told(lambda change: "knob" in change)


@pytest.fixture(autouse=True)
def own_presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "learned.toml"


@pytest.fixture
def desk(path: Path) -> Iterator[Desk]:
    desk = Desk(path)
    with desk.knobs:
        yield desk


def test_what_was_not_learned_is_the_musics(desk: Desk) -> None:
    for data in (cc(5), ON, OFF, midi.sustain(0, 127), b"\xc0\x05", b"\xf8", b""):
        assert not desk.take(data)


def test_touch_a_control_move_a_knob_done(desk: Desk, path: Path) -> None:
    assert desk.teach("density", cc(60), cc(62), cc(64)) == {
        "knob": "cc 21 channel 1",
        "moves": "density",
    }
    assert path.read_text() == '"cc 21 channel 1" = "density"\n'
    assert desk.take(cc(127))
    assert desk.next("set") == {"density": 1.0}
    assert desk.knobs.table() == {"learned": {"cc 21 channel 1": "density"}, "learning": None}


def test_a_knob_that_trembles_and_a_pedal_teach_nothing(desk: Desk) -> None:
    desk.knobs.learn("density", 1)
    assert not desk.take(midi.sustain(0, 127))
    assert not desk.take(ON)
    change = desk.teach("density", cc(60, 7), cc(61, 7), cc(60, 7), cc(0), cc(4))
    assert change["knob"] == "cc 21 channel 1"


def test_pads_and_buttons_do_deeds_and_their_keys_are_silent(desk: Desk) -> None:
    assert desk.teach("panic", ON)["knob"] == "note 36 channel 10"
    assert desk.take(OFF)
    desk.teach("panic", cc(127, 41))
    for data in (ON, OFF, cc(127, 41), cc(0, 41), cc(127, 41)):
        assert desk.take(data)
    assert [desk.next("did") for _ in range(3)] == ["panic"] * 3


def test_a_program_loads_a_preset(desk: Desk) -> None:
    for name, density in (("calm", 0.1), ("wild", 0.9)):
        presets.save(presets.folder(), name, {"density": density})
    desk.teach("preset", b"\xc0\x00")
    assert desk.take(b"\xc0\x01")
    assert desk.next("set") == {"density": 0.9}
    assert desk.take(b"\xc0\x02")
    assert desk.next("trouble") == "program 3: there are 2 presets"


def test_all_movements_of_a_moment_set_a_control_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUNCH_S", 0.5)
    desk = Desk(path)
    with desk.knobs:
        desk.teach("density", cc(60), cc(64))
        for value in range(65, 128):
            desk.take(cc(value))
        assert desk.next("set") == {"density": 1.0}


def test_lights_follow_every_hand_but_the_one_that_moves(desk: Desk) -> None:
    desk.teach("density", cc(60), cc(64))
    desk.take(cc(100))
    assert desk.next("set") == {"density": 0.7874}
    desk.set({"density": "0.25"})
    assert desk.next("lit") == cc(32)
    desk.take(cc(40))
    assert desk.next("set") == {"density": 0.315}
    desk.knobs.refresh()
    assert desk.next("lit") == cc(40)


def test_with_thru_knobs_are_passed_on_but_pads_are_not(path: Path) -> None:
    path.write_text('"cc 21" = "density"\n"note 36" = "panic"\n')
    desk = Desk(path, thru=True)
    with desk.knobs:
        assert not desk.take(cc(64))
        assert desk.take(ON)
        assert desk.next("did") == "panic"


def test_a_map_is_taken_over_and_one_is_forgotten(desk: Desk, path: Path) -> None:
    desk.knobs.use_map("nanokontrol2")
    assert desk.knobs.table()["learned"]["cc 2"] == "density"
    desk.knobs.forget("density")
    assert "density" not in path.read_text()
    with pytest.raises(AntiphonError, match="nothing moves density"):
        desk.knobs.forget("density")


def test_one_channel_goes_before_any(path: Path) -> None:
    path.write_text('"cc 21 channel 1" = "density"\n"cc 21" = "voices"\n')
    desk = Desk(path)
    with desk.knobs:
        desk.take(midi.control_change(5, 21, 127))
        assert desk.next("set") == {"voices": 1.0}
        desk.take(cc(64))
        assert desk.next("set") == {"density": 0.5039}


def test_who_wanted_to_learn_and_left_learns_no_more(desk: Desk) -> None:
    desk.knobs.learn("density", 1)
    desk.knobs.left(2)
    assert desk.knobs.table()["learning"] == "density"
    desk.knobs.left(1)
    assert desk.knobs.table()["learning"] is None
    assert not desk.take(cc(60))


def test_what_cannot_be_learned_names_the_nearest(desk: Desk) -> None:
    with pytest.raises(AntiphonError, match=r"did you mean density\?"):
        desk.knobs.learn("densty", 1)


def test_a_damaged_file_is_told_and_left_as_it_is(path: Path) -> None:
    path.write_text('"cc 21" = "denstiy"')
    desk = Desk(path)
    with desk.knobs:
        assert "did you mean density?" in desk.next("trouble")
        with pytest.raises(AntiphonError, match="nothing can be learned"):
            desk.knobs.learn("density", 1)
        with pytest.raises(AntiphonError, match="nothing can be learned"):
            desk.knobs.use_map("nanokontrol2")
    assert path.read_text() == '"cc 21" = "denstiy"'


def test_what_a_knob_cannot_do_is_told_once(path: Path) -> None:
    path.write_text('"cc 41" = "tap"')
    desk = Desk(path)
    with desk.knobs:
        for value in (127, 0, 127):
            desk.take(cc(value, 41))
        assert desk.next("trouble") == "no beat"
    assert desk.came.empty()
