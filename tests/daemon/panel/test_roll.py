from itertools import combinations

from antiphon.daemon.midi import note_off, note_on
from antiphon.daemon.panel.looks import ASCII, BLOCKS, COLOURS, Line, Look
from antiphon.daemon.panel.roll import MACHINE, MARGIN, PLAYER, Note, Planned, drawn

NOW = 100.05
WIDTH = MARGIN + 10


def text(line: Line) -> str:
    return "".join(part for _, part in line)


def check(notes: list[Note], planned: list[Planned], expected: str, look: Look = ASCII) -> None:
    """The only row of the roll that has something in it, 10 columns of 0.1 s, now the seventh."""
    lines = [text(line)[MARGIN:] for line in drawn(notes, planned, NOW, (WIDTH, 6), look)]
    filled = [line for line in lines if line.strip(" |│")]
    assert filled == [expected]


def test_notes_lie_where_they_sounded() -> None:
    check([Note(PLAYER, 60, NOW - 0.5, NOW - 0.2)], [], "  ###  |  ")
    check([Note(MACHINE, 60, NOW - 0.2)], [], "     ooo  ")


def test_what_is_planned_lies_ahead() -> None:
    planned = [
        Planned(1, NOW + 0.11, note_on(0, 60, 80)),
        Planned(1, NOW + 0.31, note_off(0, 60)),
    ]
    check([], planned, "       |..")
    # The end of a note that sounds already, and a beginning without an end.
    check([Note(MACHINE, 60, NOW - 0.1)], planned[1:], "      oo..")
    check([], planned[:1], "       |. ")


def test_what_is_past_and_never_came_is_not_drawn() -> None:
    lines = drawn([], [Planned(1, NOW - 1, note_on(0, 60, 80))], NOW, (WIDTH, 4), ASCII)
    assert all(text(line)[MARGIN:].strip() == "|" for line in lines)


def test_two_keys_share_a_row_of_blocks() -> None:
    for keys in ((60,), (59,), (58, 59), (40, 58, 59, 76)):
        notes = [Note(PLAYER, key, NOW - 0.4, NOW - 0.2) for key in keys]
        rows = drawn(notes, [], NOW, (WIDTH, 24), BLOCKS)
        found = "".join(text(line)[MARGIN:] for line in rows)
        assert 2 * found.count("█") + found.count("▀") + found.count("▄") == 2 * len(keys)


def test_all_keys_of_the_piano_fit_in_any_room() -> None:
    notes = [Note(PLAYER, key, NOW - 0.2) for key in range(128)]
    for size in ((1, 1), (5, 1), (WIDTH, 1), (WIDTH, 3), (200, 40)):
        for look in (ASCII, BLOCKS):
            lines = drawn(notes, [], NOW, size, look)
            assert len(lines) == size[1]
            assert all(len(text(line)) <= max(size[0], MARGIN) for line in lines)


def test_every_pair_in_a_cell_has_a_shape() -> None:
    shapes = {BLOCKS.cell(pair) for pair in combinations((0, 1, 2, 3), 2)}
    assert all(len(shape) == 1 for _, shape in shapes)
    assert BLOCKS.cell((1, 2)) != BLOCKS.cell((2, 1))


def luminance(colour: str) -> float:
    """Of a colour as `#rrggbb`, by the definition of WCAG 2."""
    levels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in levels]
    return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_colours_can_be_read_on_white_and_on_black() -> None:
    for colour in COLOURS.values():
        assert 1.05 / (luminance(colour) + 0.05) >= 3
        assert (luminance(colour) + 0.05) / 0.05 >= 3


def test_ascii_stays_ascii() -> None:
    assert ASCII.clean("Flügel →\n") == "Fl?gel ??"
