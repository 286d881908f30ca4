"""Endings that a port refused are sent once it takes them, as they were last."""

from contextlib import suppress

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.session.debts import Debts


class Port:
    def __init__(self) -> None:
        self.takes = True
        self.got: list[bytes] = []
        self.troubles: list[str] = []

    def send(self, data: bytes) -> None:
        if not self.takes:
            raise AntiphonError("the port takes nothing")
        self.got.append(data)


def refused(*messages: bytes) -> Port:
    """A port that refused these, and then takes what is owed."""
    port = Port()
    debts = Debts(port.send, port.troubles.append)
    port.takes = False
    for data in messages:
        assert not debts.send(data)
    with suppress(AntiphonError):
        debts.pay()
    assert not port.got
    port.takes = True
    debts.pay()
    assert not debts
    return port


def test_an_ending_that_was_refused_is_sent_later_and_nothing_else_is() -> None:
    port = refused(midi.note_on(0, 60, 64), midi.note_off(0, 60), midi.control_change(0, 7, 90))
    assert port.got == [midi.note_off(0, 60)]
    assert port.troubles == ["the port takes nothing"]


def test_the_last_word_on_a_pedal_is_the_last_that_is_sent() -> None:
    """A foot almost up, refused between two messages that it is up, must not have the last word."""
    up, almost = midi.sustain(0, 0), midi.sustain(0, 1)
    assert refused(up, almost, up).got[-1] == up
    assert refused(almost, up, almost).got[-1] == almost
