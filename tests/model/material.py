"""What the tests of model and export are made of: small pieces, small networks, MIDI files."""

from collections.abc import Sequence
from pathlib import Path

import mido
import numpy as np
import torch

from antiphon.model import chords
from antiphon.model.arrays import NOTE, PEDAL, Chords, Notes, Pedals
from antiphon.model.corpus import Corpus, Piece, _tidy_notes
from antiphon.model.network import Network, Shape

TINY = Shape(
    width=32,
    layers=2,
    heads=2,
    kv_heads=1,
    head_width=16,
    hidden=64,
    chain_hidden=32,
    window=16,
)


def notes_of(*rows: tuple[float, float, int, int]) -> Notes:
    """Notes from (onset, offset, key, velocity), two beats a second, all of one part."""
    notes = np.zeros(len(rows), dtype=NOTE)
    for index, (onset, offset, key, velocity) in enumerate(rows):
        notes[index] = (onset, offset, onset * 2, key, velocity, 0)
    return notes


def random_notes(rng: np.random.Generator, count: int) -> Notes:
    """Notes with chords, restruck keys, overlaps and rests, in two parts."""
    notes = np.zeros(count, dtype=NOTE)
    gaps = rng.choice([0.0, 0.004, 0.05, 0.25, 1.0], size=count, p=[0.3, 0.1, 0.3, 0.25, 0.05])
    notes["onset"] = np.cumsum(gaps)
    notes["offset"] = notes["onset"] + rng.exponential(0.4, size=count)
    notes["beat"] = notes["onset"] * 2
    notes["key"] = rng.integers(30, 100, size=count)
    notes["velocity"] = rng.integers(1, 128, size=count)
    notes["part"] = rng.integers(2, size=count)
    return _tidy_notes(notes)


def random_pedals(rng: np.random.Generator, end_s: float) -> Pedals:
    """Down and up in turn."""
    times = np.sort(rng.uniform(0.0, end_s, size=2 * int(rng.integers(0, 8))))
    pedals = np.zeros(len(times), dtype=PEDAL)
    pedals["time"] = times
    pedals["down"] = np.arange(len(times)) % 2 == 0
    return pedals


def random_corpus(seed: int, pieces: int = 4, count: int = 120) -> Corpus:
    """Pieces of every hand, the last of them held out."""
    rng = np.random.default_rng(seed)
    made: list[Piece] = []
    notes: list[Notes] = []
    pedals: list[Pedals] = []
    found: list[Chords] = []
    for index in range(pieces):
        notes.append(random_notes(rng, count))
        pedals.append(random_pedals(rng, float(notes[-1]["onset"][-1]) + 1.0))
        found.append(chords.find(notes[-1]))
        made.append(
            Piece(
                path=f"{index}.mid",
                dataset="made",
                style=("jazz", "classical", "unheard-of")[index % 3],
                hand=("score", "sequenced", "performed")[index % 3],
                split="valid" if index == pieces - 1 else "train",
                flat=index % 2 == 0,
                beats_per_bar=4.0,
                first_note=sum(map(len, notes[:-1])),
                notes=len(notes[-1]),
                first_pedal=sum(map(len, pedals[:-1])),
                pedals=len(pedals[-1]),
                first_chord=sum(map(len, found[:-1])),
                chords=len(found[-1]),
                beat_quarters=1.0,
                bar_known=True,
            )
        )
    return Corpus(tuple(made), np.concatenate(notes), np.concatenate(pedals), np.concatenate(found))


def lively(shape: Shape = TINY, seed: int = 0) -> Network:
    """A network with clear preferences: fresh weights make all choices nearly equal."""
    torch.manual_seed(seed)
    network = Network(shape)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 2:
                parameter.normal_(std=0.3)
    return network.eval()


def save_midi(
    path: Path, notes: Sequence[tuple[float, float, int, int]], tracks: int = 1, channel: int = 0
) -> Path:
    """A MIDI file of (onset, offset, key, velocity) in seconds, dealt out to tracks in turn."""
    file = mido.MidiFile(ticks_per_beat=500)
    for which in range(tracks):
        moves = []
        for onset, offset, key, velocity in notes[which::tracks]:
            moves.append((round(onset * 1000), 1, key, velocity))
            moves.append((round(offset * 1000), 0, key, 0))
        track = mido.MidiTrack()
        before = 0
        for tick, _, key, velocity in sorted(moves):
            track.append(
                mido.Message(
                    "note_on", note=key, velocity=velocity, time=tick - before, channel=channel
                )
            )
            before = tick
        file.tracks.append(track)
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(path)
    return path


def scale(count: int = 40) -> list[tuple[float, float, int, int]]:
    """Notes up and down, a quarter of a second each."""
    keys = [60, 62, 64, 65, 67, 69, 71, 72, 71, 69, 67, 65, 64, 62]
    return [(0.25 * i, 0.25 * i + 0.2, keys[i % len(keys)], 50 + i % 30) for i in range(count)]
