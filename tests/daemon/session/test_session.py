import json
import os
import queue
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import mido
import pytest

from antiphon.daemon import messages, midi, wire
from antiphon.daemon.clock import MonotonicClock
from antiphon.daemon.config import Config
from antiphon.daemon.controls import DEEDS, Controls
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.midi import note_off, note_on, sustain
from antiphon.daemon.ports.protocols import (
    MemoryInput,
    MemoryOutput,
    PlugChange,
    Plugging,
    Ports,
    Way,
)
from antiphon.daemon.session import control
from antiphon.daemon.session.daemon import Daemon
from antiphon.daemon.session.journal import MIDI_FILE, read
from antiphon.daemon.session.news import News, Stop
from antiphon.daemon.session.supervisor import Patience
from antiphon.daemon.shell.status import summary
from tests.fakes import performer

ON, OFF = note_on(0, 60, 80), note_off(0, 60)
FIFTH_ON, FIFTH_OFF = note_on(0, 67, 70), note_off(0, 67)
DOWN, UP = sustain(0, 127), sustain(0, 0)
REPLY = [FIFTH_ON, DOWN]


class Patchbay:
    """A chooser that says what it is asked for, as the ports of a system would."""

    def __init__(self, changed: Callable[[PlugChange], None]) -> None:
        self._changed = changed

    def names(self) -> dict[Way, list[str]]:
        return {Way.INPUT: ["Keys"], Way.OUTPUT: ["Synth"]}

    def choose(self, way: Way, wanted: str | None) -> str:
        if wanted == "Organ":
            raise AntiphonError("no Organ")
        for what in (Plugging.LEFT, Plugging.CHOSEN):
            self._changed(PlugChange(way, str(wanted), what))
        return str(wanted)


class Jam:
    """A daemon between ports in memory, with a performer that answers note-offs."""

    def __init__(
        self,
        folder: Path,
        way: str = "well",
        controls: Controls | None = None,
        latency_ms: float = 0.0,
    ) -> None:
        config = Config(controls=controls or Controls())
        self.folder = folder
        self.config = replace(
            config,
            record=replace(config.record, folder=str(folder / "jams")),
            control=replace(config.control, socket=str(folder / "control.sock")),
            ports=replace(config.ports, output_latencies_ms={"memory": latency_ms}),
            controller=replace(config.controller, learned=str(folder / "learned.toml")),
        )
        self.clock = MonotonicClock()
        self.input = MemoryInput()
        self.output = MemoryOutput(self.clock)
        self.daemon = Daemon(
            self.config,
            Ports(
                "memory",
                self.input,
                self.output,
                lambda changed: nullcontext(Patchbay(changed)),
            ),
            self.clock,
            performer(way, folder / "notes"),
            Patience(ask_s=0.01, first_pause_s=0.01),
        )

    @property
    def sent(self) -> list[bytes]:
        return [data for _, data in self.output.sent]

    def play(self, *messages: bytes) -> None:
        for data in messages:
            self.input.feed(data)

    def wait_for(self, *expected: bytes) -> None:
        def enough(sent: Any) -> bool:
            return [data for _, data in sent][-len(expected) :] == list(expected)

        assert self.output.wait_for(enough, 20), self.sent

    def ask(self, **request: object) -> dict[str, Any]:
        return control.ask(self.folder / "control.sock", request)

    def news(self, wanted: Callable[[News], bool]) -> News:
        while not wanted(news := self.daemon.news.get(timeout=20)):
            pass
        return news


@contextmanager
def jam(
    folder: Path, way: str = "well", controls: Controls | None = None, latency_ms: float = 0.0
) -> Iterator[Jam]:
    made = Jam(folder, way, controls, latency_ms)
    with made.daemon:
        assert way == "refuse" or made.daemon.wait_ready(20)
        yield made


def test_it_passes_on_and_answers(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(ON, OFF, *REPLY)


def test_a_program_of_the_configuration_waits_for_a_channel_of_the_machines_own(
    tmp_path: Path,
) -> None:
    with jam(tmp_path, controls=Controls(program=20)) as it:
        (problem,) = it.daemon.status()["problems"]
        assert "program 20 not sent" in problem
        it.play(ON)
        assert it.sent == [ON]
        it.ask(do="set", values={"channel": "3"})
        it.wait_for(ON, midi.program_change(2, 19))
        assert it.daemon.status()["problems"] == []


def test_leaving_in_the_middle_of_a_reply_leaves_nothing_sounding(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        it.play(note_on(2, 50, 60))
        it.wait_for(note_on(2, 50, 60), FIFTH_OFF, UP)
    assert it.sent == [ON, OFF, *REPLY, note_on(2, 50, 60), FIFTH_OFF, UP, note_off(2, 50)]


def test_leaving_ends_the_reply_itself(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(*REPLY)
    assert it.sent == [ON, OFF, *REPLY, FIFTH_OFF, UP]


def test_what_was_liked_is_kept_and_told_to_the_next_performer(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        it.ask(do="good")
        it.play(ON, OFF)
        it.wait_for(*REPLY)
    [kept] = (tmp_path / "jams" / "players").iterdir()
    assert kept.name == "me.json"
    (tmp_path / "notes").unlink()
    with jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        it.ask(do="forget")
    lines = (tmp_path / "notes").read_bytes().splitlines()
    told = [type(wire.decode(line)).__name__ for line in lines]
    assert told.index("Settings") < told.index("Verdict") < told.index("Heard")
    assert not kept.exists()


def test_an_exception_ends_the_reply_too(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        raise RuntimeError
    assert it.sent[-2:] == [FIFTH_OFF, UP]


def test_barge_in_cuts_the_reply_and_the_next_one_comes(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        it.play(ON)
        it.wait_for(*REPLY, ON, FIFTH_OFF, UP)
        it.play(OFF)
        it.wait_for(OFF, *REPLY)


def test_the_status_tells_what_each_process_used_of_the_processor(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        used = it.daemon.status()["processor_s"]
    assert set(used) == {"midi", "thru", "model"}
    assert used["midi"] > 0.0


@pytest.mark.parametrize("way", ["die", "babble"])
def test_a_lost_performer_leaves_thru_alive_and_comes_back(tmp_path: Path, way: str) -> None:
    with jam(tmp_path, way) as it:
        it.play(ON, OFF)
        it.news(lambda news: isinstance(news, messages.Problem))
        it.news(lambda news: isinstance(news, messages.Ready))
        it.play(b"\xf8")
        it.wait_for(ON, OFF, b"\xf8")
        assert it.daemon.status()["restarts"] >= 1


def test_a_performer_killed_in_the_middle_of_a_reply_leaves_nothing_sounding(
    tmp_path: Path,
) -> None:
    with jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        process_id = it.daemon._supervisor.process_id
        assert process_id is not None
        os.kill(process_id, signal.SIGTERM)
        ended = [ON, OFF, *REPLY, FIFTH_OFF, UP]
        assert it.output.wait_for(lambda sent: [d for _, d in sent][:6] == ended, 20)


def test_what_the_user_must_mend_stops_it(tmp_path: Path) -> None:
    with jam(tmp_path, "refuse") as it:
        assert it.news(lambda news: isinstance(news, Stop)) == Stop("there is no model")


def test_the_session_is_recorded_with_true_times(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        folder = it.daemon.recording
    assert folder is not None
    entries = list(read(folder))
    kinds = [entry["is"] for entry in entries if entry["is"] in ("Session", "Heard", "Sent")]
    assert kinds == ["Session", "Heard", "Heard", "Sent", "Sent", "Sent", "Sent"]
    assert entries[0]["seed"] > 0
    sent = [entry for entry in entries if entry["is"] == "Sent"]
    assert all(entry["time"] >= entry["planned"] for entry in sent)
    player, machine = mido.MidiFile(folder / MIDI_FILE).tracks
    assert [m.type for m in player if not m.is_meta] == ["note_on", "note_off"]
    assert [m.type for m in machine if not m.is_meta] == [
        "note_on",
        "control_change",
        "note_off",
        "control_change",
    ]


def test_the_performer_is_told_what_was_really_sent(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        it.play(ON)
        it.wait_for(FIFTH_OFF, UP)
    told = [wire.decode(line) for line in (tmp_path / "notes").read_bytes().splitlines()]
    sent = [message.data for message in told if isinstance(message, messages.Sent)]
    assert sent[:4] == [FIFTH_ON, DOWN, FIFTH_OFF, UP]
    assert any(isinstance(message, messages.Withdrawn) and message.plan == 1 for message in told)


def test_controls_are_set_told_and_seen_by_every_client(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        changes = control.watch(tmp_path / "control.sock")
        assert next(changes)["status"]["controls"]["style"] == "any"
        assert it.ask(do="set", values={"style": "jazz"}) == {"controls": {"style": "jazz"}}
        assert next(c for c in changes if "controls" in c) == {"controls": {"style": "jazz"}}
        assert it.ask(do="get")["controls"]["style"] == "jazz"
        it.play(ON, OFF)
        it.wait_for(*REPLY)
    told = [wire.decode(line) for line in (tmp_path / "notes").read_bytes().splitlines()]
    assert messages.Settings({"style": "jazz"}) in told


def test_who_watches_sees_the_notes_and_what_is_to_come(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        changes = control.watch(tmp_path / "control.sock")
        next(changes)
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        it.play(ON)
        events = (change["event"] for change in changes if "event" in change)
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["is"] != "Withdrawn":
            seen.append(next(events))
    kinds = [event["is"] for event in seen]
    assert kinds == [
        *("Heard", "Heard", "Schedule", "Sent", "Sent"),
        *("Heard", "Sent", "Sent", "Withdrawn"),
    ]
    assert len(seen[2]["messages"]) == 4
    assert seen[3]["data"] == FIFTH_ON.hex()


def test_who_watches_is_told_the_figures(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        changes = control.watch(tmp_path / "control.sock")
        next(changes)
        it.play(ON)
        passed = (c["messages"]["passed_on"] for c in changes if "messages" in c)
        assert 1 in passed


def test_a_client_plays_as_a_keyboard_does_and_what_it_holds_ends_with_it(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(tmp_path / "control.sock"))
            for data in (ON, DOWN):
                line = json.dumps({"do": "play", "data": data.hex()}) + "\n"
                connection.sendall(line.encode())
            it.wait_for(ON, DOWN)
        it.wait_for(ON, DOWN, OFF, UP, *REPLY)


def test_a_learned_knob_moves_its_control_and_is_neither_heard_nor_passed_on(
    tmp_path: Path,
) -> None:
    knob = [midi.control_change(0, 21, value) for value in (0, 127)]
    with jam(tmp_path) as it:
        it.play(knob[0])
        it.ask(do="learn", map="launchkey-mini")
        lesson = {"do": "learn", "target": "density"}
        changes = control.hold(tmp_path / "control.sock", {"do": "watch"}, lesson)
        next(c for c in changes if "learned" in c and c["learning"] == "density")
        it.play(*knob)
        assert next(c for c in changes if "moves" in c)["moves"] == "density"
        it.play(knob[1], ON)
        assert next(c["controls"] for c in changes if "controls" in c) == {"density": 1.0}
        assert it.sent == [knob[0], ON]
        learned = it.ask(do="learn", forget="density")["learned"]
        assert "density" not in learned.values()
        folder = it.daemon.recording
    assert folder is not None
    heard = [entry["data"] for entry in read(folder) if entry["is"] == "Heard"]
    assert heard == [knob[0].hex(), ON.hex()]


def test_ports_are_listed_and_changed_with_nothing_left_sounding(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        changes = control.watch(tmp_path / "control.sock")
        next(changes)
        it.play(ON)
        assert it.ask(do="ports")["ports"]["names"] == {"input": ["Keys"], "output": ["Synth"]}
        it.ask(do="connect", output="Synth")
        assert it.sent == [ON, OFF]
        it.play(OFF, ON)
        it.wait_for(ON, OFF, OFF, ON)
        told = (change["lost"] for change in changes if "lost" in change)
        assert [next(told), next(told)] == [["output"], []]


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"do": "connect"}, "connect needs the name of one of: input, output, controller"),
        ({"do": "connect", "input": 7}, "connect needs the name"),
        ({"do": "connect", "input": "Organ"}, "no Organ"),
    ],
)
def test_ports_that_cannot_be_are_told(
    tmp_path: Path, request_: dict[str, object], words: str
) -> None:
    with jam(tmp_path) as it, pytest.raises(AntiphonError, match=words):
        it.ask(**request_)


@pytest.mark.parametrize("data", [None, 7, "", "la la", "90", "f8", "b00764", "903c"])
def test_what_is_no_key_and_no_pedal_cannot_be_played(tmp_path: Path, data: object) -> None:
    with jam(tmp_path) as it:
        with pytest.raises(AntiphonError, match="play needs data"):
            it.ask(do="play", data=data)
        assert it.sent == []


def test_when_its_owner_leaves_it_stops(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        it.ask(do="status")
        it.ask(do="own")
        assert it.news(lambda news: isinstance(news, Stop)) == Stop()


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"do": "dance"}, "cannot do 'dance'"),
        ({}, "cannot do None"),
        ({"do": "set"}, "set needs values"),
        ({"do": "set", "values": {"style": "metal", "top_p": "0.9"}}, "expected one of any"),
    ],
)
def test_a_request_that_cannot_be_done_changes_nothing(
    tmp_path: Path, request_: dict[str, object], words: str
) -> None:
    with jam(tmp_path) as it:
        with pytest.raises(AntiphonError, match=words):
            it.ask(**request_)
        assert it.ask(do="get")["controls"]["top_p"] == 0.98


ALL_OFF = midi.control_change(0, 123, 0)


def test_panic_and_stop_by_the_socket(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        it.play(ON)
        it.ask(do="panic")
        assert it.sent == [ON, OFF, *midi.panic_messages()]
        it.ask(do="stop")
        assert it.news(lambda news: isinstance(news, Stop)) == Stop()


def test_every_deed_can_be_done(tmp_path: Path) -> None:
    assert Jam(tmp_path).daemon.deeds.keys() == DEEDS.keys()


def test_who_taps_a_tempo_has_it_followed(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        assert it.ask(do="tap") == {"done": "tap", "tempo_bpm": None}
        assert it.ask(do="get")["controls"]["sync"] == "heard"
        it.daemon.deeds["tap"]()
        # However fast this machine is: the second may come too soon to be a tempo.
        tempo = (it.daemon.deeds["tap"]() or {})["tempo_bpm"]
        assert (it.daemon.controls.sync == "tap") == (tempo is not None)


def test_the_status_says_how_it_goes(tmp_path: Path) -> None:
    with jam(tmp_path, latency_ms=2.5) as it:
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        status = it.ask(do="status")["status"]
    assert (status["input"], status["output"]) == ("memory:in", "memory:out")
    assert status["output_latency_ms"] == 2.5
    assert "sent 2.5 ms early" in summary(status)
    assert status["performer"]["model"] == "fake"
    assert status["messages"]["passed_on"] == 2
    assert status["messages"]["notes_held"] == 1
    assert status["lateness"]["count"] == 2
    wrong = {name for name, count in status["counters"].items() if count}
    # On a busy machine notes may be late.
    assert wrong <= {"messages_late"}
    assert Path(status["recording"]).parent == tmp_path / "jams"


def test_a_second_daemon_on_the_socket_leaves_no_trace(tmp_path: Path) -> None:
    with jam(tmp_path):
        sessions = list((tmp_path / "jams").iterdir())
        with pytest.raises(AntiphonError, match="antiphon runs already"), Jam(tmp_path).daemon:
            pass
        assert list((tmp_path / "jams").iterdir()) == sessions


def test_without_recording_nothing_is_written(tmp_path: Path) -> None:
    it = Jam(tmp_path)
    record = replace(it.config.record, enabled=False)
    ports = Ports("memory", it.input, it.output)
    command = performer("well", tmp_path / "notes")
    with Daemon(replace(it.config, record=record), ports, it.clock, command) as daemon:
        assert daemon.recording is None
    assert not (tmp_path / "jams").exists()


def test_recording_is_switched_and_the_latest_kept_by_the_socket(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        changes = control.watch(tmp_path / "control.sock")
        first = next(changes)["status"]["recording"]
        it.play(ON, OFF)
        it.wait_for(*REPLY)
        assert it.ask(do="record") == {"recording": first}
        assert it.ask(do="record", on=False) == {"recording": None}
        assert next(c for c in changes if "recording" in c) == {"recording": None}
        kept = Path(it.ask(do="keep")["kept"])
        second = it.ask(do="record", on=True)["recording"]
        with pytest.raises(AntiphonError, match="true or false"):
            it.ask(do="record", on="maybe")
        assert it.ask(do="status")["status"]["recording"] == second
    assert len({first, str(kept), second}) == 3
    assert [e["is"] for e in read(kept) if "data" in e] == ["Heard", "Heard", "Sent", "Sent"]


def test_keeping_as_a_deed_makes_nobody_wait_and_tells_how_it_went(tmp_path: Path) -> None:
    with jam(tmp_path) as it:
        changes = control.watch(tmp_path / "control.sock")
        next(changes)
        it.daemon.deeds["keep"]()
        assert "nothing was played" in next(c["problem"] for c in changes if "problem" in c)
        it.play(ON, OFF)
        it.daemon.deeds["keep"]()
        kept = Path(next(c["kept"] for c in changes if "kept" in c))
    assert (kept / MIDI_FILE).exists()


def test_where_it_cannot_record_it_says_so_once_and_plays(tmp_path: Path) -> None:
    (tmp_path / "jams").write_text("in the way")
    with jam(tmp_path) as it:
        it.play(ON, OFF)
        it.wait_for(ON, OFF, *REPLY)
        (problem,) = it.daemon.status()["problems"]
        assert problem.startswith("nothing is recorded, playing goes on: ")
        (tmp_path / "jams").unlink()
        it.daemon.record(on=True)
        assert it.daemon.status()["problems"] == []


def test_making_one_opens_and_starts_nothing(tmp_path: Path) -> None:
    it = Jam(tmp_path)
    it.play(ON)
    assert (it.sent, list(tmp_path.iterdir())) == ([], [])
    with pytest.raises(queue.Empty):
        it.daemon.news.get_nowait()
