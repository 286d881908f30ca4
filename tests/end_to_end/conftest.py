"""A private JACK server for the whole run, and a daemon with keyboard and ears for each test."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mido
import pytest

from antiphon.daemon import midi, smf
from antiphon.daemon.bench import jackd, rig
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.demo import phrase, player
from antiphon.daemon.demo.live import LiveHall
from antiphon.daemon.demo.phrase import Call
from antiphon.daemon.messages import Timed

MACHINE = 1
"""The machine answers on a channel of its own, so that its notes are known from the player's."""
MELODY = (60, 64, 67, 65, 64, 62, 64, 60, 62, 64, 60)
BASS = (48, 43, 48)
PLENTY_S = 20.0
"""Far more than anything here takes: a busy machine must not fail a test."""


@dataclass(frozen=True, slots=True)
class Jam:
    """A running daemon, what plays into it, what hears it."""

    daemon: rig.Running
    keys: rig.Keyboard
    ears: rig.Ears

    def play(self, call: Call) -> None:
        """Play a call in its own time."""
        player.perform(call, self._hall)

    def await_reply(self) -> None:
        """Wait until the machine has answered and nothing more is to come."""
        player.await_reply(self._hall)

    @property
    def _hall(self) -> LiveHall:
        return LiveHall(self.keys, self.ears, self.daemon.status, MonotonicClock())

    def await_notes(self, count: int) -> None:
        """Wait until the machine has struck so many notes."""
        assert self.ears.wait_for(lambda sent: len(strikes(sent, MACHINE)) >= count, PLENTY_S), (
            f"the machine played {strikes(self.ears.sent, MACHINE)}; {self.daemon.errors()}"
        )

    def await_silence(self, channel: int) -> None:
        """Wait until no note sounds on a channel."""
        assert self.ears.wait_for(lambda sent: not sounding(sent, channel), PLENTY_S), (
            f"keys {sounding(self.ears.sent, channel)} sound on"
        )


def of_channel(sent: list[Timed], channel: int) -> list[bytes]:
    return [data for _, data in sent if data[0] < 0xF0 and midi.channel(data) == channel]


def strikes(sent: object, channel: int) -> list[Timed]:
    assert isinstance(sent, list)
    return [
        (time, data)
        for time, data in sent
        if midi.is_note_on(data) and midi.channel(data) == channel
    ]


def sounding(sent: object, channel: int) -> list[int]:
    """The keys that sound; fails if a key is struck while it does."""
    assert isinstance(sent, list)
    held: list[int] = []
    for data in of_channel(sent, channel):
        if midi.is_note_on(data):
            assert midi.key(data) not in held, f"key {midi.key(data)} was struck twice"
            held.append(midi.key(data))
        elif midi.is_note_off(data):
            # It may be said again: where the server was late the first may have been dropped.
            held = [key for key in held if key != midi.key(data)]
    return held


@pytest.fixture(scope="session")
def jack() -> Iterator[str]:
    if not jackd.available():
        reason = "no jackd here: apt install jackd2"
        if os.environ.get("ANTIPHON_REQUIRE_JACK") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with jackd.private_server() as server:
        yield server.name


@pytest.fixture
def jam(jack: str, tmp_path: Path) -> Iterator[Jam]:
    assert jack
    with rig.running(tmp_path) as daemon:
        daemon.wait_ready()
        daemon.set(channel=str(MACHINE + 1))
        with rig.Keyboard() as keys, rig.Ears() as ears:
            yield Jam(daemon, keys, ears)


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """A phrase in C of under three seconds, by way of a MIDI file."""
    file = mido.MidiFile(ticks_per_beat=480)
    for keys, ticks, velocity in ((MELODY, 240, 84), (BASS, 880, 66)):
        track = mido.MidiTrack()
        for key in keys:
            track.append(mido.Message("note_on", note=key, velocity=velocity, time=10))
            track.append(mido.Message("note_off", note=key, velocity=64, time=ticks - 10))
        file.tracks.append(track)
    file.save(tmp_path / "call.mid")
    (found,) = phrase.calls(smf.read(tmp_path / "call.mid"))
    return found
