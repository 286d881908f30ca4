import pytest

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.ports.hotplug import HotInput, HotOutput
from antiphon.daemon.ports.keeper import LOOK_S, RETRY_S, Keeper
from antiphon.daemon.ports.protocols import PlugChange, Plugging, Way
from tests.fakes import FakeSystem

ON, OFF, DOWN, UP = (
    midi.note_on(0, 60, 80),
    midi.note_off(0, 60),
    midi.sustain(0, 127),
    midi.sustain(0, 0),
)


class Stand:
    """A keeper of a pair that was opened by name, and of a controller; and what it tells."""

    def __init__(self, source: str = "Keys", sink: str = "Synth", knobs: str | None = None) -> None:
        self.system = FakeSystem()
        self.source = HotInput(source, self.system.open_input(source, Way.INPUT))
        self.sink = HotOutput(sink, self.system.open_output(sink, Way.OUTPUT))
        self.knobs = HotInput(knobs, None)
        self.changes: list[PlugChange] = []
        plugs: dict[Way, HotInput | HotOutput] = {
            Way.INPUT: self.source,
            Way.OUTPUT: self.sink,
            Way.CONTROLLER: self.knobs,
        }
        self.keeper = Keeper(self.system, plugs, self.tell)
        self.heard: list[bytes] = []
        self.source.listen(self.heard.append)

    def tell(self, change: PlugChange) -> None:
        self.changes.append(change)
        if change.way is Way.OUTPUT and change.what is Plugging.LEFT:
            self.sink.send(OFF)


INPUT_LOST = PlugChange(Way.INPUT, "Keys", Plugging.LOST)
INPUT_BACK = PlugChange(Way.INPUT, "Keys", Plugging.BACK)
OUTPUT_LOST = PlugChange(Way.OUTPUT, "Synth", Plugging.LOST)
OUTPUT_BACK = PlugChange(Way.OUTPUT, "Synth", Plugging.BACK)


def test_while_all_is_well_nothing_is_told_and_names_are_looked_at_now_and_then() -> None:
    stand = Stand()
    stand.keeper.look()
    assert stand.changes == []
    assert stand.keeper.pause_s() == LOOK_S
    assert Stand("", "").keeper.pause_s() is None


def test_a_keyboard_that_is_pulled_out_and_put_back_is_heard_again() -> None:
    stand = Stand()
    stand.system.there.remove("Keys")
    stand.keeper.look()
    stand.keeper.look()
    assert not stand.source.present
    assert stand.keeper.pause_s() == RETRY_S
    stand.system.there.add("Keys")
    stand.keeper.look()
    assert stand.changes == [INPUT_LOST, INPUT_BACK]
    stand.system.inputs[-1].feed(ON)
    assert stand.heard == [ON]
    assert len(stand.system.inputs) == 2


def test_what_was_held_on_a_keyboard_that_is_pulled_out_is_let_go() -> None:
    stand = Stand()
    for data in (ON, DOWN, midi.note_on(0, 62, 1), midi.note_off(0, 62)):
        stand.system.inputs[0].feed(data)
    stand.system.there.remove("Keys")
    stand.keeper.look()
    assert stand.heard[4:] == [OFF, UP]
    stand.system.inputs[0].feed(ON)
    assert len(stand.heard) == 6


def test_an_output_is_told_lost_before_it_is_closed_and_takes_nothing_until_it_is_back() -> None:
    stand = Stand()
    stand.system.there.remove("Synth")
    stand.keeper.look()
    assert stand.system.outputs[0].closed
    try:
        stand.sink.send(ON)
    except AntiphonError as error:
        assert str(error) == "Synth is gone"
    stand.system.there.add("Synth")
    stand.keeper.look()
    stand.sink.send(ON)
    assert stand.system.outputs[1].sent == [ON]
    assert stand.changes == [OUTPUT_LOST, OUTPUT_BACK]


def test_when_the_server_ends_everything_is_closed_before_anything_is_opened() -> None:
    stand = Stand()
    stand.keeper.server_ended()
    stand.keeper.look()
    assert stand.changes == [INPUT_LOST, OUTPUT_LOST]
    stand.system.server_gone = False
    stand.system.there.remove("Synth")
    stand.keeper.look()
    assert stand.changes[2:] == [INPUT_BACK]
    stand.system.there.add("Synth")
    stand.keeper.look()
    assert stand.changes[3:] == [OUTPUT_BACK]


def test_after_the_end_nothing_is_heard_and_nothing_sent() -> None:
    stand = Stand()
    stand.source.stop()
    stand.sink.close()
    stand.system.inputs[0].feed(ON)
    stand.source.close()
    assert stand.heard == []
    assert stand.system.outputs[0].closed


def test_another_output_is_played_on_after_what_sounds_was_ended_on_the_old_one() -> None:
    stand = Stand()
    stand.system.there.add("Organ")
    with stand.keeper:
        assert stand.keeper.choose(Way.OUTPUT, "Organ") == "Organ"
    old, new = stand.system.outputs
    stand.sink.send(ON)
    assert (old.sent, old.closed, new.sent) == ([OFF], True, [ON])
    assert stand.changes == [
        PlugChange(Way.OUTPUT, "Synth", Plugging.LEFT),
        PlugChange(Way.OUTPUT, "Organ", Plugging.CHOSEN),
    ]


def test_another_input_is_heard_after_what_was_held_on_the_old_one_was_let_go() -> None:
    stand = Stand()
    stand.system.there.add("Pads")
    stand.system.inputs[0].feed(ON)
    with stand.keeper:
        stand.keeper.choose(Way.INPUT, "Pads")
    stand.system.inputs[0].feed(DOWN)
    stand.system.inputs[1].feed(ON)
    assert stand.heard == [ON, OFF, ON]
    assert (stand.source.wanted, stand.source.name) == ("Pads", "Pads")


def test_what_is_not_there_is_not_chosen_and_nothing_is_lost() -> None:
    stand = Stand()
    with stand.keeper, pytest.raises(AntiphonError, match="no Organ"):
        stand.keeper.choose(Way.OUTPUT, "Organ")
    stand.sink.send(ON)
    assert (stand.changes, stand.system.outputs[0].sent) == ([], [ON])


def test_when_a_port_cannot_be_opened_the_old_one_is_taken_again() -> None:
    stand = Stand()
    stand.system.there.add("Organ")
    stand.system.taken.add("Organ")
    with stand.keeper, pytest.raises(AntiphonError, match="Organ is taken"):
        stand.keeper.choose(Way.OUTPUT, "Organ")
    stand.sink.send(ON)
    assert stand.system.outputs[-1].sent == [ON]
    assert (stand.sink.name, stand.sink.wanted) == ("Synth", "Synth")
    assert stand.changes[1:] == [OUTPUT_BACK]


def test_a_controller_may_come_late_be_chosen_and_given_up() -> None:
    stand = Stand(knobs="Knobs")
    stand.keeper.begin()
    assert stand.changes == [PlugChange(Way.CONTROLLER, "Knobs", Plugging.AWAITED)]
    stand.system.there |= {"Knobs", "Faders"}
    stand.keeper.look()
    with stand.keeper:
        stand.keeper.choose(Way.CONTROLLER, "Faders")
        assert stand.knobs.name == "Faders"
        assert stand.keeper.choose(Way.CONTROLLER, None) == ""
    assert not stand.knobs.present
    assert stand.changes[-1] == PlugChange(Way.CONTROLLER, "", Plugging.CHOSEN)


def test_nobody_waits_for_a_keeper_that_has_ended() -> None:
    stand = Stand()
    with stand.keeper:
        assert stand.keeper.names()[Way.INPUT] == ["Keys", "Synth"]
    with pytest.raises(AntiphonError, match="is stopping"):
        stand.keeper.choose(Way.INPUT, "Keys")
