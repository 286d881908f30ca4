import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon import messages, midi
from antiphon.daemon.config import RecordSettings
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.messages import LONGEST_VERDICT, MOST_VERDICTS, Verdict
from antiphon.daemon.session.likings import Likings, from_json, place, to_json
from tests.fakes import ManualClock

data = st.one_of(
    st.builds(midi.note_on, st.integers(0, 15), st.integers(0, 127), st.integers(0, 127)),
    st.builds(midi.note_off, st.integers(0, 15), st.integers(0, 127)),
    st.builds(midi.sustain, st.integers(0, 15), st.integers(0, 127)),
)
verdicts = st.builds(
    Verdict,
    st.booleans(),
    st.lists(st.tuples(st.floats(0.0, 60.0), data), max_size=20).map(tuple),
)

LIKED = Verdict(True, ((0.0, midi.note_on(0, 60, 80)), (0.5, midi.note_off(0, 60))))
DISLIKED = Verdict(False, LIKED.messages)


@given(st.lists(verdicts, max_size=10))
def test_what_was_written_is_what_is_read(kept: list[Verdict]) -> None:
    assert from_json(to_json(kept)) == kept


@given(st.text() | st.binary().map(repr) | st.recursive(st.none(), st.lists).map(json.dumps))
def test_nothing_else_can_be_read(text: str) -> None:
    with pytest.raises(AntiphonError):
        from_json(text)


def with_first(**fields: object) -> str:
    content = json.loads(to_json([LIKED]))
    content["verdicts"][0].update(fields)
    return json.dumps(content)


@pytest.mark.parametrize(
    "text",
    [
        '{"version": 2, "verdicts": []}',
        with_first(good="yes"),
        with_first(more=1),
        with_first(messages=[[0.0, "f07e7f"]]),
        with_first(messages=[[1e9, "903c40"]]),
        with_first(messages=[[0.0, "903c40"]] * (LONGEST_VERDICT + 1)),
        with_first(**{"is": "Panic"}),
    ],
)
def test_what_is_no_verdict_is_refused(text: str) -> None:
    with pytest.raises(AntiphonError):
        from_json(text)


class Room:
    """Likings, and what is told of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[messages.ToPerformer] = []
        self.troubles: list[str] = []

    @contextmanager
    def evening(self) -> Iterator[Likings]:
        self.told.clear()
        with Likings(self.path, ManualClock(), self.told.append, self.troubles.append) as likings:
            yield likings


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path / "players" / "me.json")


def test_what_was_said_is_told_the_next_evening(room: Room) -> None:
    with room.evening() as likings:
        assert room.told == []
        likings.judge(good=True)
        assert room.told == [messages.Judge(100.0, good=True)]
        likings.add(LIKED)
        likings.add(DISLIKED)
        assert room.told[1:] == [LIKED, DISLIKED]
    with room.evening():
        assert room.told == [LIKED, DISLIKED]
    assert not room.troubles
    assert [path.name for path in room.path.parent.iterdir()] == ["me.json"]


def test_all_can_be_forgotten(room: Room) -> None:
    with room.evening() as likings:
        likings.add(LIKED)
    with room.evening() as likings:
        likings.forget()
        assert room.told[-1] == messages.Forget(100.0)
    assert not room.path.exists()
    with room.evening():
        assert room.told == []


def test_only_so_many_are_kept(room: Room) -> None:
    with room.evening() as likings:
        for _ in range(MOST_VERDICTS):
            likings.add(LIKED)
        likings.add(DISLIKED)
    with room.evening():
        assert room.told == [LIKED] * (MOST_VERDICTS - 1) + [DISLIKED]


def test_what_could_not_be_read_again_is_not_written(room: Room) -> None:
    with room.evening() as likings:
        likings.add(LIKED)
        for wrong in (((61.0, midi.note_on(0, 60, 80)),), ((0.0, b"\xf8"),), LIKED.messages * 999):
            with pytest.raises(AntiphonError):
                likings.add(messages.Verdict(True, wrong))
    with room.evening():
        assert room.told == [LIKED]


def test_nobody_is_nobodys_player(tmp_path: Path) -> None:
    assert place(RecordSettings(player="")) is None
    with Likings(None, ManualClock(), lambda _: None, pytest.fail) as likings:
        likings.add(LIKED)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["../me", "a/b", ".", "x" * 99])
def test_a_players_name_leads_nowhere_else(name: str) -> None:
    with pytest.raises(AntiphonError, match="can name a player"):
        place(RecordSettings(player=name))


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"version": 9}', b"[" * 3_000_000])
def test_a_file_that_cannot_be_read_is_put_aside(room: Room, content: bytes) -> None:
    room.path.parent.mkdir()
    room.path.write_bytes(content)
    with room.evening() as likings:
        assert room.told == []
        likings.add(LIKED)
    [trouble] = room.troubles
    assert "put aside as me.unread" in trouble
    assert room.path.with_suffix(".unread").read_bytes() == content
    with room.evening():
        assert room.told == [LIKED]


def test_a_folder_that_cannot_be_written_is_told_and_no_more(room: Room) -> None:
    room.path.parent.write_text("a file")
    with room.evening() as likings:
        likings.add(LIKED)
        assert room.told == [LIKED]
    assert any("what you like is not kept" in trouble for trouble in room.troubles)


def test_a_file_cut_short_never_takes_the_place_of_a_whole_one(room: Room) -> None:
    with room.evening() as likings:
        likings.add(LIKED)
    room.path.with_suffix(".unfinished").write_text('{"versi')
    with room.evening():
        assert room.told == [LIKED]
    assert not room.troubles
