"""What partitura leaves out of MusicXML: beams, and the right word for a pedal's end. Pure."""

from collections import defaultdict
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element

FLAGS: Final = {"eighth": 1, "16th": 2, "32nd": 3}
AFTER: Final = ("notations", "lyric", "play", "listen")
"""What of a note stands behind its beams."""

HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 3.1 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)


def beamed(content: str, beat: int) -> str:
    """The same MusicXML, its eighths and shorter beamed by beats of so many divisions."""
    root = ET.fromstring(content)  # noqa: S314 (what partitura has just written)
    for pedal in root.iter("pedal"):
        if pedal.get("type") == "end":
            pedal.set("type", "stop")
    for measure in root.iter("measure"):
        for group in _groups(measure, beat):
            _beam(group)
    return HEAD + ET.tostring(root, encoding="unicode") + "\n"


def _groups(measure: Element, beat: int) -> list[list[Element]]:
    """Notes of a voice that follow one another within a beat and have flags."""
    found: list[list[Element]] = []
    latest: dict[str, tuple[int, int]] = defaultdict(lambda: (-1, -1))
    at = 0
    for element in measure:
        length = int(element.findtext("duration") or 0)
        if element.tag == "backup":
            at -= length
        elif element.tag == "forward":
            at += length
        elif element.tag == "note" and element.find("chord") is None:
            voice = element.findtext("voice") or ""
            flagged = element.findtext("type") in FLAGS and element.find("rest") is None
            if flagged:
                end, which = latest[voice]
                if end == at and which >= 0 and at % beat:
                    found[which].append(element)
                else:
                    which = len(found)
                    found.append([element])
                latest[voice] = (at + length, which)
            at += length
    return [group for group in found if len(group) > 1]


def _beam(group: list[Element]) -> None:
    flags = [FLAGS[note.findtext("type") or ""] for note in group]
    for place, note in enumerate(group):
        before = flags[place - 1] if place else 0
        after = flags[place + 1] if place + 1 < len(flags) else 0
        for number in range(1, flags[place] + 1):
            joins, goes_on = before >= number, after >= number
            if joins or goes_on:
                word = "continue" if joins and goes_on else "end" if joins else "begin"
            else:
                word = "backward hook" if place else "forward hook"
            beam = Element("beam", number=str(number))
            beam.text = word
            note.insert(_before(note), beam)


def _before(note: Element) -> int:
    return next((place for place, part in enumerate(note) if part.tag in AFTER), len(note))
