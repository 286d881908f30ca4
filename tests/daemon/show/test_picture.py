from pathlib import Path

from PIL import Image

from antiphon.daemon import midi
from antiphon.daemon.show.picture import COLOURS, WIDTH, Colour, Turn, draw, shade, turns
from antiphon.daemon.smf import Note, Part, Span


def part(name: str, *struck: tuple[float, int]) -> Part:
    messages = [
        message
        for time, key in struck
        for message in (
            (time, midi.note_on(0, key, 127)),
            (time + 0.9, midi.note_off(0, key)),
        )
    ]
    return Part(name, tuple(sorted(messages)))


def is_near(colour: Colour, other: object) -> bool:
    assert isinstance(other, tuple)
    return all(abs(a - b) < 12 for a, b in zip(colour, other, strict=True))


def test_turns_follow_who_strikes() -> None:
    call = (Note(0, 1, 60, 80), Note(1, 4, 62, 80))
    reply = (Note(2, 3, 64, 80),)
    later = (Note(5, 6, 60, 80),)
    assert turns((call + later, reply)) == (
        Turn(0, Span(0, 4)),
        Turn(1, Span(2, 3)),
        Turn(0, Span(5, 6)),
    )


def test_a_louder_note_is_darker() -> None:
    soft, loud = (shade(0, Note(0, 1, 60, velocity)) for velocity in (20, 127))
    assert sum(loud) < sum(soft)
    assert loud == COLOURS[0]


def test_both_colours_are_drawn_and_long_jams_get_more_rows(tmp_path: Path) -> None:
    path = tmp_path / "jam.png"
    heights = []
    for last in (8, 95):
        draw((part("player", (0, 60)), part("machine", (last, 72))), path, "A jam")
        with Image.open(path) as image:
            assert image.width == WIDTH
            heights.append(image.height)
            seen = [colour for _, colour in image.convert("RGB").getcolors() or ()]
            assert all(any(is_near(colour, other) for other in seen) for colour in COLOURS)
    assert heights[1] > 3 * heights[0]


def test_one_part_is_enough(tmp_path: Path) -> None:
    draw((part("player", (0, 60), (1, 61)),), tmp_path / "call.png", "A call")
    assert (tmp_path / "call.png").stat().st_size > 0
