from pathlib import Path

import mido
import numpy as np
import pytest

from antiphon.daemon import midi
from antiphon.daemon.audio import soundfonts
from antiphon.daemon.demo import sound, strings
from antiphon.daemon.smf import Note, Part, Span

RATE_HZ = 8_000


def jam(path: Path) -> Path:
    file = mido.MidiFile()
    for key in (60, 67):
        strike = mido.Message("note_on", note=key, velocity=90, time=0)
        file.tracks.append(
            mido.MidiTrack([strike, mido.Message("note_off", note=key, velocity=0, time=480)])
        )
    file.save(path)
    return path


def test_without_fluidsynth_the_strings_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("antiphon.daemon.demo.sound.shutil.which", lambda _: None)
    wav = tmp_path / "jam.wav"
    assert sound.render(jam(tmp_path / "jam.mid"), wav) == "built-in synthesiser"
    samples = strings.read_wav(wav)
    assert samples.shape[1] == 2
    assert np.abs(samples).max() == pytest.approx(strings.PEAK, abs=0.01)


def test_a_fluidsynth_that_fails_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("antiphon.daemon.demo.sound.shutil.which", lambda _: "false")
    monkeypatch.setattr(soundfonts, "find", lambda: tmp_path / "none.sf2")
    wav = tmp_path / "jam.wav"
    assert sound.render(jam(tmp_path / "jam.mid"), wav) == "built-in synthesiser"
    assert wav.stat().st_size > 1000
    assert not list(tmp_path.glob("*.part.wav"))


def test_a_note_sounds_at_its_pitch_and_dies_away() -> None:
    tone = strings.sound(Note(0, 2, 69, 100), RATE_HZ)
    spectrum = np.abs(np.fft.rfft(tone[:RATE_HZ]))
    assert abs(int(spectrum.argmax()) - 440) <= 1
    assert np.abs(tone[-RATE_HZ // 10 :]).max() < np.abs(tone[: RATE_HZ // 10]).max()


def test_louder_strikes_sound_louder() -> None:
    soft, loud = (strings.sound(Note(0, 1, 60, v), RATE_HZ) for v in (30, 110))
    assert np.abs(loud).max() > 2 * np.abs(soft).max()


def test_the_pedal_holds_until_it_rises_or_the_key_comes_again() -> None:
    played = (Note(0, 1, 60, 80), Note(3, 4, 60, 80), Note(0, 1, 64, 80), Note(7, 8, 70, 80))
    longer = strings.sustained(played, (Span(0.5, 5),))
    assert [note.end_s for note in longer] == [3, 5, 5, 8]


def test_the_parts_stand_apart() -> None:
    strike = ((0.0, midi.note_on(0, 60, 90)), (1.0, midi.note_off(0, 60)))
    samples = strings.render((Part("player", strike), Part("machine", ())), RATE_HZ)
    left, right = np.abs(samples).max(axis=0)
    assert left > right
