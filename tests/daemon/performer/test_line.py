import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.daemon.performer.line import BEGINNING, LONGEST_FIGURE, Line, steps
from antiphon.model.events import NOTE_OFF, PEDAL_DOWN

Notes = list[tuple[float, int]]

melodies = st.lists(
    st.tuples(st.sampled_from([0.125, 0.25, 0.5, 1.0]), st.integers(40, 80)), max_size=30
)


def played(melody: Notes, shift: int = 0, pace: float = 1.0) -> Notes:
    time_s, notes = 10.0, Notes()
    for gap_s, key in melody:
        time_s += pace * gap_s
        notes.append((time_s, key + shift))
    return notes


def followed(notes: Notes) -> Line:
    line = Line()
    for time_s, key in notes:
        line.follow(time_s, key)
        line.follow(time_s + 0.01, NOTE_OFF + key)
    return line


@given(melodies, st.integers(-40, 40), st.sampled_from([0.5, 1.0, 2.0, 4.0]))
def test_a_figure_is_the_same_in_any_key_and_at_any_speed(
    melody: Notes, shift: int, pace: float
) -> None:
    assert steps(played(melody)) == steps(played(melody, shift, pace))


@given(melodies)
def test_a_line_has_the_last_steps_of_all_that_was_played(melody: Notes) -> None:
    notes = played(melody)
    assert followed(notes).steps() == steps(notes)[-LONGEST_FIGURE:]


def test_the_first_step_of_a_phrase_is_its_beginning() -> None:
    line = followed([(0.0, 60), (0.5, 62)])
    assert line.steps()[0] == BEGINNING
    line.begin()
    assert line.key is None
    line.follow(1.0, 64)
    assert line.steps() == [BEGINNING]


def test_intervals_and_rhythms_tell_figures_apart() -> None:
    figures = [
        [(0.0, 60), (0.5, 62), (1.0, 64)],
        [(0.0, 60), (0.5, 62), (1.0, 65)],
        [(0.0, 60), (0.5, 62), (0.75, 64)],
        [(0.0, 60), (0.5, 62), (1.5, 64)],
    ]
    assert len({tuple(steps(figure)) for figure in figures}) == len(figures)


@pytest.mark.parametrize("order", [(60, 64, 67), (67, 64, 60), (64, 67, 60)])
def test_of_a_chord_the_highest_note_counts(order: tuple[int, ...]) -> None:
    line = Line()
    for index, key in enumerate(order):
        line.follow(index * 0.01, key)
    assert (line.key, line.count) == (67, 1)


def test_a_note_under_a_held_key_is_accompaniment() -> None:
    line = Line()
    line.follow(0.0, 72)
    line.follow(0.5, 48)
    assert line.key == 72
    line.follow(0.9, NOTE_OFF + 72)
    line.follow(0.9, PEDAL_DOWN)
    line.follow(1.0, 50)
    assert (line.key, line.count) == (50, 2)


def test_a_copy_goes_its_own_way() -> None:
    line = followed([(0.0, 60)])
    line.copy().follow(1.0, 70)
    assert line.key == 60
