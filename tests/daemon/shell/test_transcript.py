import io
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import cli, smf
from antiphon.daemon.shell.transcript import heard
from antiphon.model import events, midifile, notation, views
from antiphon.model.events import MACHINE, PLAYER, Event
from tests.model.material import random_notes, random_pedals


def antiphon(*words: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = cli.main([str(word) for word in words])
    return status, out.getvalue(), err.getvalue()


@given(st.integers(0, 10_000))
def test_events_come_back_from_a_midi_file(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    notes = random_notes(rng, 30)
    pedals = random_pedals(rng, float(notes["onset"][-1]))
    tokens, _ = views.tokenise(notes, pedals, np.zeros(len(notes), dtype=np.int64))
    path = tmp_path_factory.mktemp("events") / "tune.mid"
    midifile.write(path, [Event(*row) for row in tokens.tolist()])
    found = heard(smf.read(path))
    kept = [row for row in tokens.tolist() if row[2] < events.PEDAL_DOWN]
    mine = [e for e in found if e.kind < events.PEDAL_DOWN]
    assert sorted(e.kind for e in mine) == sorted(row[2] for row in kept)
    assert [e.kind for e in mine if e.kind < events.KEYS] == [
        row[2] for row in kept if row[2] < events.KEYS
    ]
    assert sum(events.STEP_S[e.step] for e in found) == pytest.approx(
        float(events.STEP_S[tokens[:, 1]].sum()), abs=0.02
    )
    midifile.write(path, found)
    assert heard(smf.read(path)) == found


def test_two_tracks_are_the_player_and_the_machine(tmp_path: Path) -> None:
    call = [Event(PLAYER, 0, 60, 20), Event(PLAYER, 40, events.NOTE_OFF + 60)]
    reply = [Event(MACHINE, 40, 64, 22), Event(MACHINE, 40, events.NOTE_OFF + 64)]
    midifile.write(tmp_path / "jam.mid", call + reply)
    assert heard(smf.read(tmp_path / "jam.mid")) == call + reply
    midifile.write(tmp_path / "reply.mid", reply)
    assert {event.who for event in heard(smf.read(tmp_path / "reply.mid"))} == {MACHINE}


def test_what_is_held_at_the_end_is_let_go(tmp_path: Path) -> None:
    held = [Event(PLAYER, 0, 60, 20), Event(MACHINE, 10, 60, 20)]
    held += [Event(MACHINE, 10, events.PEDAL_DOWN)]
    midifile.write(tmp_path / "held.mid", held)
    file = mido.MidiFile(tmp_path / "held.mid")
    kinds = [message.type for track in file.tracks for message in track if not message.is_meta]
    assert kinds.count("note_on") == kinds.count("note_off") == 2
    assert kinds.count("control_change") == 2


def test_a_file_goes_to_text_and_back(tmp_path: Path) -> None:
    text = "player +0.000 on C4 v70\nmachine +0.200 on E4 v70\n"
    text += "player +0.050 off C4\nmachine +0.100 off E4\n"
    (tmp_path / "tune.txt").write_text(text)
    assert antiphon("events", tmp_path / "tune.txt", "--out", tmp_path / "tune.mid")[0] == 0
    assert antiphon("events", tmp_path / "tune.mid") == (0, text, "")
    assert antiphon("events", tmp_path / "tune.mid", "--out", tmp_path / "again.txt")[0] == 0
    assert notation.read(tmp_path / "again.txt") == notation.read(tmp_path / "tune.txt")


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("player +0 on H4 v70\n")
    (tmp_path / "good.txt").write_text("player +0 on C4 v70\n")
    midifile.write(tmp_path / "good.mid", notation.read(tmp_path / "good.txt"))
    (tmp_path / "bad.mid").write_bytes(b"MThd nonsense")
    for words, complaint in (
        ((tmp_path / "bad.txt", "--out", tmp_path / "x.mid"), "line 1: 'H4'"),
        ((tmp_path / "good.txt",), "name it, as in --out"),
        ((tmp_path / "good.mid", "--out", tmp_path / "x.mid"), "ends in .txt"),
        ((tmp_path / "good.mid", "--out", tmp_path / "no" / "x.txt"), "cannot be written"),
        ((tmp_path / "bad.mid",), "not a readable MIDI file"),
        ((tmp_path / "lost.mid",), "there is no such file"),
    ):
        status, _, err = antiphon("events", *words)
        assert status == cli.USER_ERROR
        assert complaint in err
        assert err.count("\n") == 1
    assert not (tmp_path / "x.mid").exists()
