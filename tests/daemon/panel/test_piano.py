from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.midi import is_note_on, key, note_off, note_on
from antiphon.daemon.panel.piano import NOTE_S, REPEAT_S, Piano, lifted, passed, released, struck

C3, C4 = 48, 60


def test_two_rows_an_octave_apart() -> None:
    assert struck(Piano(), "z", 0.0)[1] == [note_on(0, C3, 80)]
    assert struck(Piano(), "q", 0.0)[1] == [note_on(0, C4, 80)]


def test_other_keys_play_nothing() -> None:
    assert struck(Piano(), "!", 0.0) == (Piano(), [])


def test_a_note_ends_after_its_time_and_once() -> None:
    piano, _ = struck(Piano(), "z", 10.0)
    assert passed(piano, 10.0 + NOTE_S / 2) == (piano, [])
    piano, played = passed(piano, 10.0 + NOTE_S)
    assert played == [note_off(0, C3)]
    assert passed(piano, 99.0)[1] == []


def test_a_key_that_repeats_holds_its_note() -> None:
    piano, _ = struck(Piano(), "z", 10.0)
    piano, played = struck(piano, "z", 10.0 + REPEAT_S / 2)
    assert played == []
    assert passed(piano, 10.0 + NOTE_S)[1] == []


def test_a_key_struck_again_ends_first() -> None:
    piano, _ = struck(Piano(), "z", 10.0)
    assert struck(piano, "z", 10.0 + 2 * REPEAT_S)[1] == [note_off(0, C3), note_on(0, C3, 80)]


def test_octave_and_velocity_have_ends() -> None:
    piano = Piano()
    for _ in range(20):
        piano, _ = struck(piano, "=", 0.0)
        piano, _ = struck(piano, "]", 0.0)
    assert struck(piano, "p", 0.0)[1] == [note_on(0, piano.lowest + 28, 120)]
    for _ in range(20):
        piano, _ = struck(piano, "-", 0.0)
        piano, _ = struck(piano, "[", 0.0)
    assert struck(piano, "z", 0.0)[1] == [note_on(0, piano.lowest, 10)]


def test_what_is_held_can_be_let_go() -> None:
    piano, _ = struck(Piano(), "z", 10.0)
    assert lifted(piano) == (Piano(), [note_off(0, C3)])


def test_where_releases_are_told_only_they_end_a_note() -> None:
    piano, _ = struck(Piano(feels_releases=True), "z", 10.0)
    assert passed(piano, 99.0) == (piano, [])
    piano, played = released(piano, "z")
    assert played == [note_off(0, C3)]
    assert released(piano, "z") == (piano, [])


def test_a_key_is_let_go_in_the_octave_that_it_was_struck_in() -> None:
    piano, _ = struck(Piano(feels_releases=True), "q", 10.0)
    piano, _ = struck(piano, "=", 10.5)
    piano, played = struck(piano, "z", 11.0)
    assert played == [note_off(0, C4), note_on(0, C4, 80)]
    piano, played = released(piano, "q")
    assert played == []
    assert released(piano, "z")[1] == [note_off(0, C4)]


_MOVES = st.tuples(st.sampled_from("zxq2-=[]!"), st.booleans(), st.floats(0.0, 1.0))


@given(st.lists(_MOVES, max_size=40), st.booleans())
def test_each_note_that_begins_ends_once(moves: list[tuple[str, bool, float]], feels: bool) -> None:
    piano, now = Piano(feels_releases=feels), 0.0
    played: list[bytes] = []
    for name, is_press, pause_s in moves:
        now += pause_s
        piano, ended = passed(piano, now)
        piano, more = struck(piano, name, now) if is_press else released(piano, name)
        played += [*ended, *more]
    piano, ended = lifted(piano)
    assert piano.held == {}
    down: set[int] = set()
    for message in [*played, *ended]:
        assert is_note_on(message) == (key(message) not in down)
        down ^= {key(message)}
    assert down == set()
