from PIL import Image

from antiphon.daemon.panel.layout import Screen
from tests.docs import panel_picture
from tests.docs.panel_picture import CELL, GROUND, MARGIN, drawn


def test_the_picture_has_a_cell_for_each_character() -> None:
    image = drawn(Screen(((("", " "), ("class:machine", "▄")),)))
    left, top = MARGIN + CELL[0] + 2, MARGIN + 2
    assert image.getpixel((left, top)) == _rgb(GROUND)
    assert image.getpixel((left, top + CELL[1] // 2)) == (0xD7, 0x5F, 0x00)


def test_the_picture_in_the_documents_is_of_its_size() -> None:
    with Image.open(panel_picture.PATH) as found:
        assert found.size == drawn(Screen(())).size


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))
