import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import mido
import pytest

from antiphon.daemon import cli
from antiphon.daemon.session import journal
from antiphon.daemon.show import charts, score
from antiphon.daemon.show.page import page, sounding
from antiphon.daemon.show.story import Story, told
from tests.daemon.show.browser import PROGRAM, browser
from tests.daemon.show.test_story import GOLDEN, entry, jam, melody

LOOK = "const look = () => (next > 0 ? done(next) : setTimeout(look, 20))"

needs_browser = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")


def svgs(text: str) -> list[ET.Element]:
    found = re.findall(r"<svg.*?</svg>", text, re.S)
    return [ET.fromstring(svg) for svg in found]  # noqa: S314 (our own)


def golden() -> Story:
    return told(list(journal.read(GOLDEN / "reply")))


class Seen(HTMLParser):
    """Tags that were opened, and what a browser would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta",):
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_page_is_whole_and_needs_nothing_else() -> None:
    seen = Seen(page(golden(), "A jam"))
    assert seen.open == []
    assert len(seen.links) == 2
    assert all(link.startswith("data:audio/midi;base64,") for link in seen.links)


def test_every_note_is_drawn_where_it_sounded() -> None:
    story = jam(*melody("Heard", 100.0), *melody("Sent", 145.0))
    rows = svgs("".join(score.rows(story)))
    assert [row.get("data-from") for row in rows] == ["0", "30"]
    for row, part in zip(rows, score.PARTS, strict=True):
        boxes = [path.get("d", "") for path in row.iter("path") if part in path.get("class", "")]
        assert sum(box.count("M") for box in boxes) == 8


def test_liked_moments_are_marked() -> None:
    story = jam(*melody("Heard", 100.0), entry("Judge", 102.0, good=True))
    (row,) = svgs("".join(score.rows(story)))
    assert score.MARKS["good"] in "".join(row.itertext())


def test_half_a_minute_and_more_of_silence_is_a_line() -> None:
    story = jam(*melody("Heard", 100.0), *melody("Heard", 220.0))
    rows = list(score.rows(story))
    assert [row[:4] for row in rows] == ["<svg", "<p c", "<svg"]
    assert "0:30 to 2:00: nobody played" in rows[1]


def test_what_the_pedal_holds_sounds_on() -> None:
    down, up = (entry("Heard", at, data=f"b040{value}") for at, value in ((100, "7f"), (109, "00")))
    rows = sounding(jam(down, *melody("Heard", 100.0), up))
    assert [row[2] for row in rows][:2] == [8000, 8000]
    assert rows[-1][1:3] == [3500, 5500]


def test_words_of_a_journal_are_no_html() -> None:
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    story = jam(
        *melody("Heard", 100.0),
        entry("Problem", 101.0, text=evil),
        entry("Settings", 102.0, values={evil: evil}),
        entry("Ready", 103.0, model=evil),
    )
    text = page(story, evil)
    assert Seen(text).open == []
    assert "<img" not in text
    assert text.count("<script") == 2


def test_a_histogram_counts_every_value() -> None:
    assert charts.histogram([], "ms", "machine") == ""
    (chart,) = svgs(charts.histogram([0.1] * 60 + [0.4, 0.9, 50.0, -1.0], "ms", "machine"))
    words = "".join(chart.itertext())
    assert "64 in all, 50.00 ms at most" in words
    assert "p50 0.10" in words


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.004, 1.0, 7.3, 1e7])
def test_a_histogram_of_one_value_has_a_bar(value: float) -> None:
    (chart,) = svgs(charts.histogram([value], "s", "player"))
    assert "v-126.0" in next(chart.iter("path")).get("d", "")


def test_show_writes_a_picture_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["show", str(GOLDEN / "reply"), "--out", str(tmp_path / "new")]) == 0
    assert "notes of yours" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"session.png", "session.html"}


def test_a_session_without_a_note_cannot_be_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / journal.JOURNAL).write_text('{"is": "Session", "time": 1.0}\n')
    assert cli.main(["show", str(tmp_path)]) == 2
    assert "nobody played a note" in capsys.readouterr().err


@needs_browser
def test_a_browser_shows_it_without_a_complaint_and_plays_it(tmp_path: Path) -> None:
    story = golden()
    path = tmp_path / "session.html"
    path.write_text(page(story, "A jam"), encoding="utf-8")
    with browser(tmp_path / "profile") as it:
        it.open(path.as_uri())
        assert it.value("document.title") == "A jam"
        assert it.value("notes.length") == sum(len(part) for part in story.notes)
        it.value("button.click()")
        assert it.value(f"new Promise(done => {{{LOOK}; look()}})") > 0
        assert it.value("document.querySelectorAll('path.cursor').length") > 0
        it.value("button.click()")
        assert it.value("playing") is False
        place = "rows[0].svg.getBoundingClientRect()"
        it.value(
            f"rows[0].svg.dispatchEvent(new MouseEvent('click', {{clientX: {place}.right - 1}}))"
        )
        assert it.value("position") == pytest.approx(score.ROW_S, abs=0.5)
        it.value("document.querySelector('a').click()")
        assert it.complaints == []


@needs_browser
def test_a_browser_runs_nothing_of_a_journal(tmp_path: Path) -> None:
    evil = "<img src=x onerror=\"document.title=''\"></script><script>document.title=''</script>"
    path = tmp_path / "session.html"
    story = jam(*melody("Heard", 100.0), entry("Problem", 101.0, text=evil))
    path.write_text(page(story, "A jam"), encoding="utf-8")
    with browser(tmp_path / "profile") as it:
        it.open(path.as_uri())
        assert it.value("document.title") == "A jam"
        assert it.complaints == []


def test_the_files_in_it_are_the_jam() -> None:
    links = Seen(page(golden(), "A jam")).links
    both, machine = (
        mido.MidiFile(file=io.BytesIO(base64.b64decode(link.partition(",")[2]))) for link in links
    )
    assert [track.name for track in both.tracks] == ["player", "machine"]
    assert [track.name for track in machine.tracks] == ["machine"]


def test_a_whole_preset_is_cut_short_beside_the_roll() -> None:
    values = {f"control{number}": number for number in range(26)}
    text = page(jam(*melody("Heard", 100.0), entry("Settings", 101.0, values=values)), "jam")
    drawn = "".join(ET.tostring(svg, "unicode") for svg in svgs(text))
    (label,) = re.findall(r"control0=0[^<]*", drawn)
    assert label.endswith("...")
    assert len(label) <= score.LONGEST
    assert "control25=25" in text
