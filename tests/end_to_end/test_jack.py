"""`antiphon run` as a user starts it, on real JACK ports, with the real model."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import mido
import pytest

from antiphon.daemon import midi
from antiphon.daemon.bench import jackd, rig
from antiphon.daemon.demo.phrase import Call
from antiphon.daemon.guardian import libjack
from tests.end_to_end.conftest import MACHINE, PLENTY_S, Jam, of_channel, sounding, strikes

pytestmark = pytest.mark.jack

BARGE = midi.note_on(0, 31, 90)
# The default ceiling of a turn is 3.2 s; the rest is for a busy machine.
REPLY_WINDOW_S = 6.0


def antiphon(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [rig.PROGRAM, *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_call_passes_through_and_is_answered(jam: Jam, call: Call, tmp_path: Path) -> None:
    jam.play(call)
    jam.await_notes(3)
    jam.await_reply()
    jam.await_silence(MACHINE)
    sent = jam.ears.sent
    played = [data for _, data in call.messages]
    assert [data for data in of_channel(sent, 0) if midi.is_note_on(data)] == [
        data for data in played if midi.is_note_on(data)
    ]
    assert not sounding(sent, 0)
    last_call = max(time for time, _ in strikes(sent, 0))
    first_reply = strikes(sent, MACHINE)[0][0]
    assert 0 < first_reply - last_call < REPLY_WINDOW_S
    jam.daemon.process.send_signal(signal.SIGINT)
    assert jam.daemon.process.wait(PLENTY_S) == 0, jam.daemon.errors()
    (recording,) = (tmp_path / "jams").glob("*/session.mid")
    player, machine = mido.MidiFile(recording).tracks
    for track, channel in ((player, 0), (machine, MACHINE)):
        struck = [m for m in track if m.type == "note_on" and m.velocity]
        assert len(struck) == len(strikes(sent, channel))


def test_coming_in_again_stops_the_reply(jam: Jam, call: Call) -> None:
    jam.play(call)
    jam.await_notes(2)
    jam.keys.feed(BARGE)
    assert jam.ears.wait_for(lambda sent: any(data == BARGE for _, data in sent), PLENTY_S)
    jam.await_silence(MACHINE)

    def plays_on(sent: object) -> bool:
        assert isinstance(sent, list)
        at = [data for _, data in sent].index(BARGE)
        return bool(strikes(sent[at:], MACHINE))

    # Shorter than the pause after which a held key counts as a turn.
    assert not jam.ears.wait_for(plays_on, 0.7)


def test_sigterm_in_the_middle_of_a_reply_leaves_nothing_sounding(jam: Jam, call: Call) -> None:
    jam.play(call)
    jam.await_notes(2)
    jam.daemon.process.send_signal(signal.SIGTERM)
    assert jam.daemon.process.wait(PLENTY_S) == 0, jam.daemon.errors()
    jam.await_silence(MACHINE)
    jam.await_silence(0)
    assert not jam.daemon.socket.exists()


def test_a_killed_performer_leaves_nothing_sounding_and_comes_back(jam: Jam, call: Call) -> None:
    jam.play(call)
    jam.await_notes(2)
    first = jam.daemon.status()["performer_process"]
    os.kill(first, signal.SIGKILL)
    jam.await_silence(MACHINE)
    jam.keys.feed(BARGE)
    assert jam.ears.wait_for(lambda sent: any(data == BARGE for _, data in sent), PLENTY_S)
    pause = threading.Event()
    for _ in range(round(PLENTY_S / 0.1)):
        status = jam.daemon.status()
        if status["performer_process"] not in (first, None):
            break
        pause.wait(0.1)
    assert status["restarts"] == 1
    assert "exit code" in " ".join(status["problems"])


def test_a_second_daemon_on_the_same_socket_is_refused(jam: Jam, tmp_path: Path) -> None:
    socket = str(jam.daemon.socket)
    words = ["run", "--backend", "jack", "--socket", socket, "--record", str(tmp_path / "other")]
    second = antiphon(*words)
    assert second.returncode == 2
    assert socket in second.stderr
    assert second.stderr.count("\n") == 1
    assert jam.daemon.status()["uptime_s"] > 0


def test_what_can_be_set_is_set_and_the_rest_is_named(jam: Jam) -> None:
    socket = str(jam.daemon.socket)
    done = antiphon("set", "style=jazz", "temperature=1.1", "--socket", socket)
    assert done.returncode == 0
    assert jam.daemon.status()["controls"]["style"] == "jazz"
    for words, named in (("tempature=1", "temperature"), ("style=jaz", "jazz"), ("top_p=7", "0.5")):
        wrong = antiphon("set", words, "--socket", socket)
        assert wrong.returncode == 2
        assert named in wrong.stderr
        assert wrong.stderr.count("\n") == 1


def test_a_port_that_is_not_there_is_named(jack: str, tmp_path: Path) -> None:
    assert jack
    words = ["run", "--backend", "jack", "--input", "Nonesuch", "--socket", str(tmp_path / "s")]
    refused = antiphon(*words)
    assert refused.returncode == 2
    assert "Nonesuch" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_the_ports_of_others_are_listed(jam: Jam) -> None:
    assert jam.daemon.process.poll() is None
    listed = antiphon("ports", "--backend", "jack")
    assert listed.returncode == 0
    assert "antiphon" not in listed.stdout.replace("antiphon run", "")


def test_a_tapped_beat_goes_out_as_a_clock(jam: Jam) -> None:
    jam.daemon.set(clock_out="on", sync="tap", beats_a_bar="1", mode="silent")
    pause = threading.Event()
    for _ in range(4):
        jam.daemon.ask(do="tap")
        pause.wait(0.4)

    def ticks(sent: object) -> list[float]:
        assert isinstance(sent, list)
        return [time for time, data in sent if data == midi.CLOCK]

    assert jam.ears.wait_for(lambda sent: len(ticks(sent)) > 4 * 24, PLENTY_S)
    jam.daemon.set(clock_out="off")
    assert jam.ears.wait_for(lambda sent: sent[-1][1] == midi.STOP, PLENTY_S)
    sent = jam.ears.sent
    times = ticks(sent)
    # The last two beats: all taps were in by then. How exact it is, the unit tests say.
    assert 0.3 < (times[-1] - times[-49]) / 2 < 0.8
    before = [data for _, data in sent]
    assert before.count(midi.START) == before.count(midi.STOP) == 1


@pytest.mark.skipif(shutil.which("fluidsynth") is None, reason="no fluidsynth: apt install it")
def test_how_much_later_a_synthesiser_is_heard_is_told(jam: Jam) -> None:
    def heard_after_ms() -> float | None:
        told = antiphon("status", "--json", "--socket", str(jam.daemon.socket)).stdout
        found: float | None = json.loads(told)["sounds_after_ms"]
        return found

    assert heard_after_ms() is None
    words = ["fluidsynth", "-a", "jack", "-m", "jack", "-o", "audio.jack.autoconnect=1", "-i", "-s"]
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as synth:
        jack = libjack.Jack("cable")
        try:
            until_s = time.monotonic() + PLENTY_S
            while time.monotonic() < until_s and not heard_after_ms():
                for port in jack.ports():
                    if "fluidsynth" in port:
                        jack.connect(libjack.Wire("antiphon-out:out", port))
                time.sleep(0.2)
            told_ms = heard_after_ms()
        finally:
            jack.close()
            synth.terminate()
    assert told_ms is not None
    # The dummy driver has two periods to play, or one where the server waits for everybody.
    assert round(told_ms * jackd.RATE_HZ / 1e3 / jackd.PERIOD_FRAMES) in (1, 2)
