import pytest

from antiphon.daemon import midi
from antiphon.daemon.session.ledger import PLAYER, Ending, Ledger


def test_a_struck_key_has_its_holder_until_released() -> None:
    ledger = Ledger()
    ledger.strike(3, 0, 60)
    assert (ledger.holder(0, 60), ledger.holder(1, 60), len(ledger)) == (3, None, 1)
    ledger.release(0, 60)
    assert (ledger.holder(0, 60), len(ledger)) == (None, 0)


def test_a_key_cannot_be_struck_twice() -> None:
    ledger = Ledger()
    ledger.strike(3, 0, 60)
    with pytest.raises(ValueError, match="sounds already"):
        ledger.strike(PLAYER, 0, 60)


def test_ending_one_owner_leaves_the_others() -> None:
    ledger = Ledger()
    ledger.strike(3, 0, 60)
    ledger.strike(3, 1, 62)
    ledger.strike(PLAYER, 0, 64)
    ledger.tread(3, 1, 127)
    assert ledger.end(3) == [
        Ending(midi.note_off(0, 60), midi.note_off(0, 60)),
        Ending(midi.note_off(1, 62), midi.note_off(1, 62)),
        Ending(midi.sustain(1, 0), midi.sustain(1, 0)),
    ]
    assert ledger.owners() == {PLAYER}
    assert ledger.end(3) == []


def test_the_deeper_foot_holds_the_pedal() -> None:
    ledger = Ledger()
    ledger.tread(3, 0, 127)
    ledger.tread(PLAYER, 0, 80)
    assert ledger.pedal(0) == 127
    assert ledger.end(3) == [Ending(midi.sustain(0, 0), midi.sustain(0, 80))]
    assert ledger.pedal(0) == 80


def test_a_foot_that_changes_nothing_sends_nothing() -> None:
    ledger = Ledger()
    ledger.tread(3, 0, 127)
    ledger.tread(PLAYER, 0, 127)
    assert ledger.end(3) == [Ending(midi.sustain(0, 0), None)]
