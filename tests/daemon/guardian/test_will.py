import tempfile

import pytest

from antiphon.daemon import midi
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.guardian import will
from antiphon.daemon.ports import backends
from antiphon.daemon.session import sounding
from tests.fakes import RecordingOutput


def test_what_sounds_is_ended_on_every_port_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    synth = RecordingOutput()

    def opened(backend: str, wanted: str) -> RecordingOutput:
        assert backend == "jack"
        if wanted != "synth":
            raise AntiphonError("it is gone")
        return synth

    monkeypatch.setattr(backends, "open_output", opened)
    monkeypatch.setattr(will, "SETTLE_S", 0.0)
    keys = bytearray(sounding.SIZE)
    keys[3 * 128 + 40] = 1
    with tempfile.TemporaryFile() as file:
        file.write(keys)
        file.flush()
        will.silence("jack", ["lost", "synth"], file.fileno())
    once = [midi.note_off(3, 40), *midi.panic_messages()]
    assert synth.sent == once * will.TIMES
    assert synth.closed
