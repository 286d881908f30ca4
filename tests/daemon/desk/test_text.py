import io
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import cli
from antiphon.daemon.desk import abc_tunes, midi_files, sources, text
from antiphon.daemon.desk.piece import Note, Part, Piece, tidy
from antiphon.daemon.errors import AntiphonError

TUNE = "X:1\nT:Tune\nM:3/4\nL:1/8\nQ:1/4=90\nK:G\n|: G2 A2 B2 | (3cde d4 :|\n"


def antiphon(*words: str | Path) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = cli.main([str(word) for word in words])
    return status, out.getvalue(), err.getvalue()


notes = st.builds(
    Note, st.integers(0, 5_000), st.integers(0, 127), st.integers(1, 3_000), st.integers(1, 127)
)
parts = st.builds(
    Part,
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    channel=st.integers(0, 15),
    notes=st.lists(notes, min_size=1, max_size=20).map(tidy),
    pedals=st.lists(st.tuples(st.integers(0, 900), st.integers(1, 900)), max_size=3).map(
        lambda found: tuple(sorted(found))
    ),
    programs=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 127)), max_size=2).map(
        lambda found: tuple(sorted(found))
    ),
)


@given(
    st.integers(1, 32_767),
    st.lists(parts, min_size=1, max_size=3),
    st.dictionaries(st.integers(0, 9_000), st.integers(1, 0xFFFFFF), max_size=3),
    st.integers(0, 9_000),
)
def test_text_reads_back_as_the_same_piece(
    grid: int, found: list[Part], tempos: dict[int, int], end: int
) -> None:
    last = max(note.end for part in found for note in part.notes)
    # A pedal that lasts beyond all notes makes a piece longer.
    last = max([last, *(at + length for part in found for at, length in part.pedals)])
    piece = Piece(
        grid, tuple(found), tuple(sorted(tempos.items())), ((0, 3, 4), (7, 6, 8)), max(last, end)
    )
    assert text.read(text.written(piece)) == piece


def test_text_of_a_midi_file_makes_the_same_midi_file(tmp_path: Path) -> None:
    piece = text.read(
        "tempo 93\nmeter 3/4\npart Piano channel 2\nprogram 4\nC4:0,1/3 [E4 G4]:1/3,2"
    )
    midi_files.write(piece, tmp_path / "one.mid")
    status, out, err = antiphon("text", tmp_path / "one.mid")
    assert (status, err) == (0, "")
    (tmp_path / "tune.txt").write_text(out)
    status, out, _ = antiphon("text", tmp_path / "tune.txt")
    assert status == 0 and "wrote" in out
    one, two = tmp_path / "one.mid", tmp_path / "tune.mid"
    assert one.read_bytes() == two.read_bytes()


def test_a_bare_key_is_in_octave_4_and_chords_fractions_and_rests_are_read() -> None:
    piece = text.read("C:0,1 [E Gb]:1+1/3,2/3,100 R:2,2")
    assert piece.notes == [Note(0, 60, 480), Note(640, 64, 320, 100), Note(640, 66, 320, 100)]
    assert piece.end == 4 * 480


@pytest.mark.parametrize(
    ("words", "where", "why"),
    [
        ("C4:0,1\n  H4:1,1", "line 2, column 3", "no key"),
        ("C4:0", "line 1, column 1", "as in C4:0,1"),
        ("C4:0,1 E4:x,1", "line 1, column 8", "no onset"),
        ("C4:0,1 E4:1/0,1", "line 1, column 8", "no onset"),
        ("C4:0,1,900", "line 1, column 1", "velocity"),
        ("C4:0,0", "line 1, column 1", "too short"),
        ("C4:99999999,1", "line 1, column 1", "beyond"),
        ("C99:0,1", "line 1, column 1", "outside"),
        ("tempo 0", "line 1, column 7", "no tempo"),
        ("meter 3/5", "line 1, column 7", "no metre"),
        ("tempo 90 C4:0,1", "line 1, column 10", "unexpected"),
        ("C4:0,1\ngrid 96", "line 2, column 1", "first"),
        ("[]:0,1", "line 1, column 1", "without keys"),
        ('part "a', "line 1, column 6", "name"),
    ],
)
def test_an_error_names_line_column_and_what_was_expected(words: str, where: str, why: str) -> None:
    with pytest.raises(AntiphonError) as error:
        text.read(words, "tune.txt")
    assert where in str(error.value) and why in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text(max_size=200))
def test_any_text_is_a_piece_or_one_error(words: str) -> None:
    with suppress(AntiphonError):
        assert text.read(words).notes


def test_text_without_a_note_is_refused() -> None:
    with pytest.raises(AntiphonError, match="holds no note"):
        text.read("# nothing\ntempo 100\n")


def test_abc_is_read_with_its_repeats_and_written() -> None:
    piece = abc_tunes.read(TUNE, "tune.abc")
    assert [note.key for note in piece.notes] == 2 * [67, 69, 71, 72, 74, 76, 74]
    starts = [note.start for note in piece.notes[:7]]
    assert starts == [0, 480, 960, 1440, 1600, 1760, 1920]
    again = abc_tunes.read(abc_tunes.written(piece, "Tune", 1), "again.abc")
    assert [(n.start, n.key, n.length) for n in again.notes] == [
        (n.start, n.key, n.length) for n in piece.notes
    ]


def test_abc_that_is_none_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    for tune in ("", "X:1\nhello\nK:Zzz\n|||| qq"):
        with pytest.raises(AntiphonError, match=r"tune\.abc"):
            abc_tunes.read(tune, "tune.abc")
    assert capfd.readouterr().out == ""


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    tune = tmp_path / "tune.txt"
    tune.write_text("C4:0,1")
    (tmp_path / "tune.mid").write_text("mine")
    assert antiphon("text", tune)[0] == 0
    assert (tmp_path / "tune.mid").read_text() == "mine"
    assert (tmp_path / "tune-2.mid").exists()
    status, _, err = antiphon("text", tune, "--out", tmp_path / "tune.mid")
    assert status == 2 and "is there already" in err
    assert (tmp_path / "tune.mid").read_text() == "mine"


def test_what_is_no_music_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty.mid").write_bytes(b"")
    (tmp_path / "broken.mid").write_bytes(b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\5\1\2\3")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "folder").mkdir()
    for name in ("empty.mid", "broken.mid", "bytes.txt", "folder", "nowhere.mid"):
        status, out, err = antiphon("text", tmp_path / name)
        assert (status, out) == (2, "") and err.count("\n") == 1 and name in err


def test_files_of_type_2_are_laid_one_after_another(tmp_path: Path) -> None:
    file = mido.MidiFile(type=2, ticks_per_beat=100)
    for key in (60, 62):
        messages = [mido.Message("note_on", note=key), mido.Message("note_off", note=key, time=100)]
        file.tracks.append(mido.MidiTrack(messages))
    file.save(tmp_path / "two.mid")
    assert [(n.start, n.key) for n in midi_files.read(tmp_path / "two.mid").notes] == [
        (0, 60),
        (100, 62),
    ]


def test_names_in_any_script_are_kept(tmp_path: Path) -> None:
    piece = text.read('part "ピアノ" channel 1\nC4:0,1')
    midi_files.write(piece, tmp_path / "piano.mid")
    assert sources.load(tmp_path / "piano.mid").piece.parts[0].name == "ピアノ"
