from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import wire
from antiphon.daemon.config import Config, RecordSettings, load
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import Heard, Message, Ready, Sent, Settings, Took
from antiphon.daemon.midi import is_note_on, note_off, note_on
from antiphon.daemon.session import journal
from antiphon.daemon.session.recorder import KEEP_S, SETTINGS_FILE, Latest, Recorder
from antiphon.daemon.session.replay import replay
from tests.fakes import ManualClock

ON, OFF = note_on(0, 60, 80), note_off(0, 60)
ABOUT = {"controls": {"style": "any", "mode": "reply"}, "seed": 3}
READY = Ready("small.onnx", "cpu", 0.5, 1.0, 2.0)


class Told:
    """A recorder, told of messages as a daemon tells it."""

    def __init__(self, folder: Path, trouble: Callable[[str], None], *, enabled: bool) -> None:
        self.clock = ManualClock()
        settings = RecordSettings(enabled=enabled, folder=str(folder))
        self.recorder = Recorder(Config(record=settings), ABOUT, self.clock, trouble)

    def tell(self, message: Message) -> None:
        self.recorder.remark(self.clock.now(), wire.as_table(message))

    def strike(self, key: int = 60) -> None:
        self.tell(Heard(1, self.clock.now(), note_on(0, key, 80)))
        self.clock.advance(0.5)
        self.tell(Heard(2, self.clock.now(), note_off(0, key)))


@pytest.fixture
def off(tmp_path: Path) -> Told:
    return Told(tmp_path / "jams", pytest.fail, enabled=False)


def keys(folder: Path) -> list[int]:
    data = [bytes.fromhex(entry.get("data", "")) for entry in journal.read(folder)]
    return [message[1] for message in data if is_note_on(message)]


def test_what_was_played_is_kept_though_nobody_recorded(tmp_path: Path, off: Told) -> None:
    with off.recorder:
        off.tell(READY)
        off.strike(60)
        off.tell(Sent(1, 101.0, 101.0, ON))
        assert off.recorder.folder is None
        assert not (tmp_path / "jams").exists()
        folder = off.recorder.keep()
    assert folder.parent == tmp_path / "jams"
    assert [entry["is"] for entry in journal.read(folder)] == [
        *("Session", "Ready", "Heard", "Heard", "Sent")
    ]
    assert [track.name for track in mido.MidiFile(folder / journal.MIDI_FILE).tracks] == [
        *("player", "machine")
    ]


def test_what_is_older_is_forgotten_and_its_settings_hold(off: Told) -> None:
    with off.recorder:
        off.tell(Settings({"style": "jazz"}))
        off.strike(50)
        off.clock.advance(KEEP_S)
        off.strike(60)
        off.tell(Settings({"style": "blues"}))
        folder = off.recorder.keep()
    first, *rest = journal.read(folder)
    assert first["controls"] == {"style": "jazz", "mode": "reply"}
    assert first["time"] == rest[0]["time"]
    assert keys(folder) == [60]
    assert rest[-1]["values"] == {"style": "blues"}


def test_where_nothing_was_played_nothing_is_kept(tmp_path: Path, off: Told) -> None:
    with off.recorder:
        off.tell(Settings({"style": "jazz"}))
        with pytest.raises(AntiphonError, match="nothing was played in the last 2 minutes"):
            off.recorder.keep()
    assert not (tmp_path / "jams").exists()


def test_recording_is_switched_while_it_plays(off: Told) -> None:
    with off.recorder:
        off.tell(READY)
        off.tell(Settings({"style": "jazz"}))
        off.strike(50)
        folder = off.recorder.start()
        assert off.recorder.start() == off.recorder.folder == folder
        off.strike(60)
        assert off.recorder.stop() == folder
        assert off.recorder.stop() is None
        off.strike(70)
        again = off.recorder.start()
    assert again != folder
    first, ready, *_ = journal.read(folder)
    assert (first["controls"]["style"], ready["is"]) == ("jazz", "Ready")
    assert keys(folder) == [60]
    assert keys(again) == []
    assert (folder / journal.MIDI_FILE).exists()


def test_a_recording_from_the_start_has_what_a_replay_needs(tmp_path: Path) -> None:
    told = Told(tmp_path, pytest.fail, enabled=True)
    with told.recorder:
        folder = told.recorder.folder
        told.tell(Took((100.0,)))
    assert folder is not None
    first, took = journal.read(folder)
    assert (first["seed"], "midway" in first, took["is"]) == (3, False, "Took")


def test_what_begins_in_the_middle_says_that_it_cannot_be_replayed(off: Told) -> None:
    def never(*_: Any) -> Any:
        raise AssertionError

    with off.recorder:
        off.strike()
        folder = off.recorder.keep()
    with pytest.raises(AntiphonError, match="from the middle of a jam"):
        replay(journal.read(folder), never)


def test_where_it_cannot_be_written_whoever_asks_is_told(tmp_path: Path) -> None:
    (tmp_path / "jams").write_text("in the way")
    told = Told(tmp_path / "jams", pytest.fail, enabled=False)
    with told.recorder:
        told.strike()
        for deed in (told.recorder.start, told.recorder.keep):
            with pytest.raises(AntiphonError, match="set folder in"):
                deed()
        assert told.recorder.folder is None


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["Settings", "Heard", "Took"]))))
def test_values_before_and_settings_since_make_the_values_of_now(
    steps: list[tuple[float, str]],
) -> None:
    latest, now = Latest({"n": -1}), 0.0
    for number, (pause, kind) in enumerate(steps):
        now += pause
        latest.add(now, {"is": kind, "values": {"n": number}})
    values, story = latest.story()
    assert all(now - time <= KEEP_S for time, _ in story)
    for _, content in story:
        if content["is"] == "Settings":
            values.update(content["values"])
    assert values == latest.values


def test_the_settings_lie_beside_a_recording_and_can_be_run_with(tmp_path: Path) -> None:
    told = Told(tmp_path / "jams", pytest.fail, enabled=True)
    with told.recorder:
        first = told.recorder.folder
        told.strike()
        told.tell(Settings({"style": "jazz"}))
        told.recorder.stop()
        second = told.recorder.start()
    assert first is not None
    loaded = load(first / SETTINGS_FILE)
    assert (loaded.record.folder, loaded.controls.style) == (str(tmp_path / "jams"), "any")
    assert loaded.engine.seed == ABOUT["seed"]
    assert load(second / SETTINGS_FILE).controls.style == "jazz"


def test_what_was_written_is_let_go(off: Told) -> None:
    with off.recorder:
        for _ in range(3):
            off.recorder.start()
            off.strike()
            off.recorder.stop()
            for ended in off.recorder._ended:
                ended.wait(None)
    assert len(off.recorder._ended) == 1
