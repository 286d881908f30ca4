"""One jam as an HTML page that needs nothing beside itself: roll, figures, settings, sound, files.

Pure: a story in, text out. Whatever a journal says is escaped, and the page may load nothing.
"""

import base64
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any, Final

from antiphon.daemon.session.tracks import midi_file
from antiphon.daemon.show import charts, score
from antiphon.daemon.show.story import Label, Story
from antiphon.daemon.smf import Note, Part, pedal_spans

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
)
"""Should anything in a journal get past the escaping, it can still reach nobody."""

LONGEST_HELD_S: Final = 8.0
"""A pedal that is never lifted does not let a note sound for ever."""


def page(story: Story, title: str) -> str:
    """The page, as text in UTF-8."""
    resources = files("antiphon.daemon.show")
    style = (resources / "page.css").read_text(encoding="utf-8")
    script = (resources / "page.js").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<p>{escape(summary(story))}</p>
</header>
<nav>
<button id="play" hidden>Play</button>
<span class="legend player">what you played</span>
<span class="legend machine">what the machine played</span>
{"".join(_links(story))}
</nav>
<main id="roll">
{"".join(f"{row}{chr(10)}" for row in score.rows(story))}</main>
<section>
{_charts(story)}
</section>
<section>
{_table("Settings", _settings(story.about))}
{_table("Changed while playing", _timed(story.changes))}
{_table("Liked or not", _timed(story.liked))}
{_table("Problems", _timed(story.problems))}
</section>
<script id="notes" type="application/json">{_json(sounding(story))}</script>
<script>
{script}</script>
</body>
</html>
"""


def summary(story: Story) -> str:
    """What it was, in a line."""
    player, machine = story.notes
    parts = [
        score.clock(story.end_s),
        f"{len(player)} notes of yours, {len(machine)} of the machine",
        _counted(len(story.delays_s), "reply", "replies"),
        story.model,
        story.date[:16].replace("T", " "),
    ]
    return "; ".join(part for part in parts if part)


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}" if count else ""


def sounding(story: Story) -> list[list[int]]:
    """Each note as part, start and length in ms, key and velocity; held on where the pedal is."""
    found = [
        [number, round(note.start_s * 1e3), round(length_s * 1e3), note.key, note.velocity]
        for number, (part, played) in enumerate(zip(story.parts, story.notes, strict=True))
        for note, length_s in _held(part, played)
    ]
    return sorted(found, key=lambda row: row[1])


def _held(part: Part, played: Sequence[Note]) -> Iterator[tuple[Note, float]]:
    spans = pedal_spans(part.messages)
    for note in played:
        held = (span.end_s for span in spans if span.start_s <= note.end_s < span.end_s)
        end_s = min(next(held, note.end_s), max(note.end_s, note.start_s + LONGEST_HELD_S))
        yield note, end_s - note.start_s


def _links(story: Story) -> Iterator[str]:
    both = {part.name: list(part.messages) for part in story.parts}
    machine = {story.parts[1].name: list(story.parts[1].messages)}
    for name, tracks in (("session", both), ("machine", machine)):
        content = io.BytesIO()
        midi_file(tracks).save(file=content)
        data = base64.b64encode(content.getvalue()).decode("ascii")
        yield f'<a download="{name}.mid" href="data:audio/midi;base64,{data}">{name}.mid</a>\n'


def _charts(story: Story) -> str:
    drawn = (
        ("Your last event to its first note", charts.histogram(story.delays_s, "s", "player")),
        ("How late its notes were sent", charts.histogram(story.lateness_ms, "ms", "machine")),
    )
    return "".join(
        f"<figure><figcaption>{title}</figcaption>{chart}</figure>"
        for title, chart in drawn
        if chart
    )


def _settings(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in about.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", _plain(item)) for key, item in value.items())
        elif name not in ("is", "time"):
            yield name, _plain(value)


def _timed(labels: Iterable[Label]) -> Iterator[tuple[str, str]]:
    return ((score.clock(max(0.0, label.time_s)), label.text) for label in labels)


def _table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows
    )
    if not cells:
        return ""
    return f"<details><summary>{title}</summary><table>{cells}</table></details>"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _json(value: object) -> str:
    # A page's script ends at the first "</", wherever that stands.
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
