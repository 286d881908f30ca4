"""An analysis as an HTML page that needs nothing beside itself: roll, marks, tables, sound.

Pure: an analysis in, text out. The roll is that of `antiphon show`; what is heard is laid over it.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import Final

import numpy as np

from antiphon.daemon.desk import melody, traits
from antiphon.daemon.desk import piece as desk_piece
from antiphon.daemon.desk.analysis import Analysis
from antiphon.daemon.desk.midi_files import midi_file
from antiphon.daemon.desk.piece import Piece
from antiphon.daemon.messages import Timed
from antiphon.daemon.show import page as shown
from antiphon.daemon.show import score
from antiphon.daemon.show.story import Label, Story
from antiphon.daemon.smf import Part, Span
from antiphon.model.events import key_name

COLOURS: Final = ("#7c4dff", "#00897b", "#c2185b", "#6d7f00", "#0277bd", "#bf5b00")
"""Of motifs, and of the letters of sections."""

STYLE: Final = """
rect.section { opacity: .07; }
text.section { font-weight: 700; }
path.motif { stroke-width: 3; fill: none; stroke-linecap: round; }
path.phrase { stroke: var(--faint); fill: none; }
path.bar { stroke: var(--line); fill: none; }
main table td { padding-right: 1.2em; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; }
dt { color: var(--faint); } dd { margin: 0; }
"""


def page(found: Analysis, title: str) -> str:
    """The page, as text in UTF-8."""
    resources = files("antiphon.daemon.show")
    style = (resources / "page.css").read_text(encoding="utf-8") + STYLE
    script = (resources / "page.js").read_text(encoding="utf-8")
    told = story(found)
    rows = "".join(f"{row}\n" for row in _rows(found, told))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{shown.POLICY}">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<dl>{"".join(_summary_rows(found))}</dl>
</header>
<nav>
<button id="play" hidden>Play</button>
{"".join(_motif_legend(found))}
</nav>
<main id="roll">
{rows}</main>
<section>
{_table("Motifs", ("motif", "where it comes back, by bar"), _motif_rows(found))}
{_table("Difficulty", ("measure", "what it is", "value", "points"), _rubric_rows(found))}
{_table("Sections", ("section", "bars"), _section_rows(found))}
</section>
<script id="notes" type="application/json">{_sounding(told)}</script>
<script>
{script}</script>
</body>
</html>
"""


def summary(found: Analysis) -> Iterator[tuple[str, str]]:
    """The piece in a few lines."""
    beats = found.beats
    source = "heard" if beats.is_heard else "from the file"
    tempo = f"{beats.tempo:.0f} a minute"
    yield "length", f"{score.clock(found.piece.length_s)}, {len(found.piece.table)} notes"
    yield "key", _keys(found)
    yield "beats", f"{tempo}, {beats.meter}, {len(beats.bars_s)} bars ({source})"
    yield "form", _wrapped(found.form)
    yield "phrases", str(len(found.phrases))
    yield "motifs", _motif_words(found)
    yield "style", ", ".join(f"{name} {share:.0%}" for name, share in list(found.style.items())[:3])
    mood = found.mood
    yield "mood", f"{mood.word}: arousal {mood.arousal:.2f}, valence {mood.valence:.2f} (proxies)"
    hard = found.difficulty
    yield "difficulty", f"{hard.grade}, {hard.points} of {4 * len(traits.RUBRIC)} points"
    yield "range", f"{key_name(found.lowest)} to {key_name(found.highest)}"
    yield "texture", f"{found.texture.word}, {found.texture.voices:.1f} voices"


def _summary_rows(found: Analysis) -> Iterator[str]:
    for name, text in summary(found):
        yield f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>"


def _wrapped(form: str) -> str:
    return form if len(form) <= 60 else form[:57] + "..."


def _keys(found: Analysis) -> str:
    """The main key, and where others hold, the longest first few."""
    main = found.harmony.key.name
    others = [
        f"{span.key.name} from bar {found.bar_of(float(found.beats.seconds(span.first)))}"
        for span in found.harmony.keys
    ]
    if len(others) == 1:
        return main
    more = f", {len(others) - 5} more" if len(others) > 5 else ""
    return f"{main} ({', '.join(others[:5])}{more})"


def _motif_words(found: Analysis) -> str:
    return "; ".join(
        f"{' '.join(key_name(key) for key in motif.keys[:5])} x {len(motif.places)}"
        for motif in found.motifs[:3]
    )


def story(found: Analysis) -> Story:
    """The piece as the roll of `antiphon show` takes it: the melody's part, and the others."""
    parts = [part for part in found.piece.parts if part.notes and not part.is_drums]
    lead = melody.leading_part(found.piece.table)
    first = parts[0] if lead is None else found.piece.parts[lead]
    upper, lower = [first], [part for part in parts if part is not first]
    beat_s = found.beats.seconds
    return Story(
        date="",
        model="",
        about={},
        parts=(_timed(found.piece, upper), _timed(found.piece, lower)),
        turns=(),
        keys=tuple(Label(float(beat_s(each.first)), each.key.name) for each in found.harmony.keys),
        chords=tuple(Label(float(beat_s(each.first)), each.name) for each in found.harmony.chords),
        tempos=tuple(
            Label(each.start_s, f"{each.beats_a_minute:.0f} a minute") for each in found.tempos
        ),
        changes=(),
        liked=(),
        problems=(),
        delays_s=(),
        lateness_ms=(),
    )


def _timed(piece: Piece, parts: Sequence[desk_piece.Part]) -> Part:
    chosen = Piece(piece.grid, tuple(parts), piece.tempos, (), piece.end)
    messages: list[Timed] = []
    for track in midi_file(chosen).tracks[1:]:
        tick = 0
        for message in track:
            tick += message.time
            if not message.is_meta:
                messages.append((float(piece.seconds(tick)), bytes(message.bytes())))
    return Part("", tuple(sorted(messages, key=lambda item: item[0])))


def _rows(found: Analysis, told: Story) -> Iterator[str]:
    upper, lower = told.notes
    shared = score.sheet((*upper, *lower))
    count = max(1, int(np.ceil(told.end_s / score.ROW_S)))
    for row in range(count):
        span = Span(row * score.ROW_S, (row + 1) * score.ROW_S)
        svg = score.row(told, (upper, lower), shared, span)
        yield svg.removesuffix("</svg>") + "".join(_marks(found, shared, span)) + "</svg>"


def _marks(found: Analysis, shared: score.Sheet, span: Span) -> Iterator[str]:
    """Bar lines, sections, phrases and motifs over a row."""
    bars_s = np.append(found.beats.bars_s, found.piece.length_s)
    head, bottom = score.HEAD, shared.bottom
    inside = bars_s[(bars_s >= span.start_s) & (bars_s < span.end_s)]
    path = "".join(f"M{_x(time_s, span)} {head}V{bottom}" for time_s in inside.tolist())
    yield f'<path class="bar" d="{path}"/>'
    for section in found.sections:
        edges = _clipped(float(bars_s[section.first]), float(bars_s[section.last]), span)
        if edges:
            left, right = edges
            colour = COLOURS[(ord(section.label[0]) - ord("A")) % len(COLOURS)]
            yield (
                f'<rect class="section" fill="{colour}" x="{left}" y="{head}" '
                f'width="{right - left:.1f}" height="{bottom - head}"/>'
                f'<text class="section" style="fill:{colour}" x="{left + 2}" y="13">'
                f"{escape(section.label)}</text>"
            )
    for phrase in found.phrases:
        edges = _clipped(phrase.start_s, phrase.end_s, span)
        if edges:
            left, right = edges[0] + 1, edges[1] - 2
            yield f'<path class="phrase" d="M{left} {head}v-3H{right:.1f}v3"/>'
    for number, motif in enumerate(found.motifs):
        for place in motif.places:
            edges = _clipped(place.start_s, place.end_s, span)
            if edges:
                y = head + 4 + 5 * number
                colour = COLOURS[number % len(COLOURS)]
                yield (
                    f'<path class="motif" stroke="{colour}" d="M{edges[0]} {y}H{edges[1]:.1f}">'
                    f"<title>motif {number + 1}: {escape(place.how)}</title></path>"
                )


def _x(time_s: float, span: Span) -> float:
    share = (time_s - span.start_s) / (span.end_s - span.start_s)
    width = score.WIDTH - score.LEFT - score.RIGHT
    return round(score.LEFT + min(max(share, 0.0), 1.0) * width, 1)


def _clipped(start_s: float, end_s: float, span: Span) -> tuple[float, float] | None:
    if end_s <= span.start_s or start_s >= span.end_s:
        return None
    return _x(start_s, span), _x(end_s, span)


def _motif_legend(found: Analysis) -> Iterator[str]:
    for number, motif in enumerate(found.motifs):
        colour = COLOURS[number % len(COLOURS)]
        keys = " ".join(key_name(key) for key in motif.keys)
        yield f'<span class="legend" style="color:{colour}">motif {number + 1}: {keys}</span>\n'


def _motif_rows(found: Analysis) -> Iterator[Sequence[str]]:
    for number, motif in enumerate(found.motifs):
        places = ", ".join(
            f"{found.bar_of(place.start_s)}"
            + ("" if place.how == "as first" else f" ({place.how})")
            for place in motif.places[:40]
        )
        yield f"{number + 1}: {' '.join(key_name(key) for key in motif.keys)}", places


def _rubric_rows(found: Analysis) -> Iterator[Sequence[str]]:
    for name, (value, points) in found.difficulty.measures.items():
        yield name, traits.RUBRIC[name][0], f"{value:g}", str(points)


def _section_rows(found: Analysis) -> Iterator[Sequence[str]]:
    for section in found.sections:
        yield section.label, f"{section.first + 1} to {section.last}"


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    if not body:
        return ""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    return (
        f"<details open><summary>{escape(title)}</summary>"
        f"<table><tr>{head}</tr>{body}</table></details>"
    )


def _sounding(told: Story) -> str:
    rows = ",".join(f"[{','.join(str(value) for value in row)}]" for row in shown.sounding(told))
    return f"[{rows}]"
