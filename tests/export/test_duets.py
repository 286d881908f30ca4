"""Duets: parts split, passages cut, figures set side by side, rolls drawn."""

import json
from pathlib import Path

import mido
import numpy as np
import pytest
from PIL import Image

from antiphon.daemon import cli
from antiphon.export import duet_picture, duets
from antiphon.export.chord_track import chords_of
from antiphon.export.duets import Duet, parts_of, passage, report
from antiphon.export.task import Task
from antiphon.model import heldout, tracks
from antiphon.model.arrays import NOTE, Notes
from antiphon.model.errors import ModelError
from tests.daemon.jam import ScriptedEngine
from tests.export.judges import corpus_of
from tests.model.material import notes_of

MELODY = [(0.5 * i, 0.5 * i + 0.4, (72, 74, 76)[i % 3]) for i in range(120)]
CHORDS = [(i * 1.0, i + 0.9, key) for i in range(60) for key in (48, 52, 55)]

Rows = list[tuple[float, float, int]]


def save(path: Path, parts: dict[str, Rows], programs: dict[str, int] | None = None) -> Path:
    """A file of named tracks on a channel each, 0.5 s a beat."""
    file = mido.MidiFile(ticks_per_beat=500)
    for channel, (name, rows) in enumerate(parts.items()):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        program = (programs or {}).get(name, 0)
        track.append(mido.Message("program_change", program=program, channel=channel))
        moves = [(round(onset * 1000), 1, key) for onset, _, key in rows]
        moves += [(round(offset * 1000), 0, key) for _, offset, key in rows]
        before = 0
        for tick, is_on, key in sorted(moves):
            track.append(
                mido.Message(
                    "note_on",
                    note=key,
                    velocity=64 * is_on,
                    time=tick - before,
                    channel=channel,
                )
            )
            before = tick
        file.tracks.append(track)
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(path)
    return path


def task_in(folder: Path, rows: list[str], labels: Path | None = None) -> Task:
    """A task on files of (name, data set, is performance)."""
    lines = ["path\tdataset\tis_performance\tstyle\tsplit", *(f"{r}\tpop\tvalid" for r in rows)]
    (folder / "MANIFEST.tsv").write_text("\n".join(lines) + "\n")
    packed = heldout.held_out(folder, None, None)
    return Task(ScriptedEngine(), packed, 9, 0, {}, None, iter, folder=folder, labels=labels)


@pytest.mark.parametrize(
    ("dataset", "tracks_of", "player", "other"),
    [
        ("pop909", {"MELODY": [60], "BRIDGE": [80], "PIANO": [40]}, {60}, {80, 40}),
        ("wjazzd", {"solo": [40], "comp": [60]}, {40}, {60}),
        ("openewld", {"melody": [60], "chords": [40]}, {60}, {40}),
        ("openscore-lieder", {"Voice": [60], "r": [70], "l": [40]}, {60}, {70, 40}),
        ("unknown", {"low": [40], "high": [80], "middle": [60]}, {80}, {40, 60}),
    ],
)
def test_each_data_set_tells_the_players_part(
    dataset: str,
    tracks_of: dict[str, list[int]],
    player: set[int],
    other: set[int],
    tmp_path: Path,
) -> None:
    parts = {name: [(0.0, 1.0, key) for key in keys] for name, keys in tracks_of.items()}
    read = tracks.read(save(tmp_path / "a.mid", parts, {"Voice": 68}))
    sides = parts_of(read, dataset)
    assert sides is not None
    assert [set(side["key"].tolist()) for side in sides] == [player, other]


def test_a_piece_of_one_part_is_no_duet(tmp_path: Path) -> None:
    for name, dataset in (("PIANO", "pop909"), ("r", "openscore-lieder"), ("one", "unknown")):
        read = tracks.read(save(tmp_path / "a.mid", {name: MELODY}))
        assert parts_of(read, dataset) is None
    save(tmp_path / "b.mid", {"melody": MELODY, "chords": CHORDS[:15]})
    with pytest.raises(ModelError, match="no piece has two parts of 16 notes"):
        duets.measure(task_in(tmp_path, ["b.mid\topenewld\t0"]))


def test_a_passage_begins_at_nothing_and_ends_with_itself() -> None:
    part = notes_of(
        (0.0, 9.0, 60, 64), (5.0, 6.0, 62, 64), (44.0, 50.0, 64, 64), (45.0, 46.0, 65, 64)
    )
    found = passage(part, 5.0)
    assert found["key"].tolist() == [62, 64]
    assert found["onset"].tolist() == [0.0, 39.0]
    assert found["offset"].tolist() == [1.0, 40.0]
    assert part["onset"].tolist() == [0.0, 5.0, 44.0, 45.0]


def test_beats_are_known_of_scores_and_of_what_is_labelled(tmp_path: Path) -> None:
    names = ("a_001.mid\topenewld\t0", "b_002.mid\twjazzd\t1", "c_003.mid\tpop909\t1")
    parts = {
        "openewld": ("melody", "chords"),
        "wjazzd": ("solo", "comp"),
        "pop909": ("MELODY", "p"),
    }
    for row in names:
        name, dataset, _ = row.split("\t")
        player, other = parts[dataset]
        save(tmp_path / name, {player: MELODY, other: CHORDS})
    labels = tmp_path / "labels" / "003" / "beat_midi.txt"
    labels.parent.mkdir(parents=True)
    labels.write_text("".join(f"{0.25 + 0.5 * i} 1\n" for i in range(200)))
    found = duets.measure(task_in(tmp_path, list(names), tmp_path / "labels"))["duets"]
    on_beat = {dataset: row["true"]["on_beat"] for dataset, row in found.items()}
    assert on_beat == {"openewld": 1.0, "wjazzd": None, "pop909": 0.0}
    found = duets.measure(task_in(tmp_path, list(names)))["duets"]
    assert found["pop909"]["true"]["on_beat"] is None
    for row in found.values():
        assert row["true"]["in_time"] == 1.0
        assert row["machine"]["notes"] > 0
    assert "pop909: 1 duets" in "\n".join(duets.table({"duets": found}))


def duet(true: Notes) -> Duet:
    (piece,) = corpus_of([("pop", true)]).pieces
    player = notes_of(*((*row, 64) for row in MELODY[:80]))
    both = np.sort(np.concatenate([player, true]), order="onset")
    return Duet(piece, player, true, 40.0, chords_of(both, 40.0), None)


def chords(count: int, shift: int = 0) -> Notes:
    return notes_of(*((onset, offset, key + shift, 64) for onset, offset, key in CHORDS[:count]))


def test_the_machines_part_stands_beside_the_true_ones() -> None:
    made = [duet(chords(count)) for count in (30, 60, 90, 120)]
    machine = [chords(60), chords(150), chords(60, 12), np.empty(0, NOTE)]
    found = report(made, machine)["made"]
    assert (found["pieces"], found["silent"]) == (4, 1)
    assert found["minutes"] == pytest.approx(4 * 40 / 60)
    assert (found["machine"]["notes"], found["true"]["notes"]) == (270, 300)
    assert found["machine"]["density"] == pytest.approx(270 / 160)
    # Quartiles of 30, 60, 90 and 120 notes in 40 s; two of the machine's have 60.
    assert found["quartiles"]["density"] == pytest.approx(
        {"low": 52.5 / 40, "high": 97.5 / 40, "within": 0.5}
    )
    # Two play in the very register, one an octave higher, one not at all.
    assert found["quartiles"]["register"]["within"] == 0.5
    # 80 ms around each of 80 onsets, but for what lies before the first.
    assert found["chance"] == pytest.approx((80 * 0.08 - 0.04) / 40, abs=1e-3)


def test_another_pieces_part_is_judged_by_this_ones_player() -> None:
    late = chords(60)
    late["onset"] += 0.2
    found = report([duet(chords(60)), duet(late)], [late, late])["made"]
    assert found["true"]["in_time"] == found["another"]["in_time"] == 0.5
    assert found["machine"]["in_time"] == 0.0


def test_data_sets_are_drawn_in_turn() -> None:
    assert duet_picture.chosen(["b"] * 20 + ["a"] * 3) == [20, 21, 22, *range(9)]
    assert duet_picture.chosen(["a", "b"]) == [0, 1]


def test_the_two_rolls_of_a_row_share_the_player(tmp_path: Path) -> None:
    picture = tmp_path / "duets.png"
    duet_picture.draw([duet(chords(90))], [np.empty(0, NOTE)], picture)
    with Image.open(picture) as drawn:
        image = np.asarray(drawn.convert("RGB")).astype(int)
    halves = np.split(image, [image.shape[1] // 2], axis=1)

    red_over_blue = [half[..., 0] - half[..., 2] for half in halves]
    assert [bool((lead < -60).any()) for lead in red_over_blue] == [True, True]
    assert [bool((lead > 60).any()) for lead in red_over_blue] == [False, True]


def test_the_command_measures_and_draws(
    models: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path / "mine" / "a.mid", {"high": MELODY, "low": CHORDS})
    words = ["evaluate", str(tmp_path / "mine"), "--duets", "--model", str(models["int8"])]
    picture = tmp_path / "duets.png"
    assert cli.main([*words, "--json", "--picture", str(picture)]) == 0
    found = json.loads(capsys.readouterr().out)["duets"]
    assert found["mine"]["pieces"] == 1
    assert found["mine"]["true"]["notes"] > 0
    with Image.open(picture) as drawn:
        assert drawn.format == "PNG"
    assert cli.main([*words, "--picture", str(tmp_path / "lost" / "a.png")]) == cli.USER_ERROR
    assert "make it first" in capsys.readouterr().err
