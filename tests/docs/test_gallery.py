"""What the page of the gallery says of its jams is what is to be heard in them."""

from collections.abc import Sequence

import pytest

from antiphon.daemon import smf
from antiphon.daemon.demo import gallery
from antiphon.daemon.demo.gallery import EXHIBITS
from antiphon.daemon.demo.programme import load_score
from antiphon.daemon.show.picture import Turn, turns
from antiphon.daemon.smf import Note
from tests.docs.pages import ROOT

FOLDER = ROOT / "docs" / "gallery"
CLOSE_S = 0.01
"""A message of the file lies so near its time, and a step of the machine's takes 1 ms."""
TOGETHER_S = 0.03
"""Keys struck within so much are struck together."""


def parts(name: str) -> list[tuple[Note, ...]]:
    return [smf.notes(part.messages) for part in smf.read(FOLDER / f"{name}.mid").parts]


def replies(name: str) -> list[tuple[Turn, Turn]]:
    """Each call of a jam in turns, and its reply."""
    found = turns(parts(name))
    assert [turn.part for turn in found] == [0, 1] * (len(found) // 2)
    return list(zip(found[::2], found[1::2], strict=True))


def lasts_s(turn: Turn) -> float:
    return turn.span.end_s - turn.span.start_s


def test_the_page_is_the_one_that_is_made() -> None:
    assert (FOLDER / gallery.PAGE).read_text(encoding="utf-8") == gallery.text(EXHIBITS)
    kept = {path.name for path in FOLDER.iterdir()} - {gallery.PAGE}
    assert kept == {f"{exhibit.name}.{kind}" for exhibit in EXHIBITS for kind in ("mid", "png")}


@pytest.mark.parametrize("name", ["reply-hymn", "reply-rag"])
def test_replies_are_about_as_long_as_their_calls_or_longer(name: str) -> None:
    assert len(replies(name)) == 3
    for call, reply in replies(name):
        assert 0.8 < lasts_s(reply) / lasts_s(call) < 1.7
        assert reply.span.start_s > call.span.end_s


def test_few_notes_are_fewer() -> None:
    few, usual = (len(parts(name)[1]) for name in ("reply-hymn-density-0", "reply-hymn"))
    assert few < 0.6 * usual


def test_it_goes_on_until_the_player_comes_in() -> None:
    (_, first), (again, _) = replies("continue-waltz")
    assert first.span.end_s == pytest.approx(again.span.start_s, abs=CLOSE_S)


def test_together_they_play_at_the_same_time() -> None:
    player, machine = parts("together-hymn")
    assert sum(beside(note, player) for note in machine) > len(machine) / 2


def beside(note: Note, others: Sequence[Note]) -> bool:
    return any(other.start_s < note.end_s and note.start_s < other.end_s for other in others)


def test_voices_come_and_go_with_a_note_of_the_player() -> None:
    player, machine = parts("harmonise-march")
    for voice in machine:
        # The player may strike the key themselves.
        taken = [note for note in player if note.key == voice.key]
        assert any(goes_with(voice, note) for note in player) or any(
            near(voice.end_s, note.start_s) for note in taken
        )
    for note in player:
        others = [other for other in player if other != note]
        if all(abs(note.start_s - other.start_s) > TOGETHER_S for other in others):
            assert any(goes_with(voice, note) for voice in machine)


def near(time_s: float, other_s: float) -> bool:
    return abs(time_s - other_s) < CLOSE_S


def goes_with(voice: Note, note: Note) -> bool:
    return near(voice.start_s, note.start_s) and near(voice.end_s, note.end_s)


def test_bars_are_traded_on_the_bar_line() -> None:
    turn_s = 4 * (load_score("rag").bars[0].end_s - load_score("rag").bars[0].start_s)
    found = [turn for pair in replies("trade-rag") for turn in pair]
    assert len(found) == 6
    for number, turn in enumerate(found):
        assert turn.span.start_s == pytest.approx(number * turn_s, abs=CLOSE_S)
        assert turn.span.end_s < (number + 1) * turn_s + CLOSE_S
