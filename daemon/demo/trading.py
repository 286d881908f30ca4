"""A phrase to be traded: the player's bars, and the clock of a sequencer that knows the bar lines.

Pure: a score goes in, one long call comes out, with rests for the machine's bars.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from antiphon.daemon import midi
from antiphon.daemon.demo.phrase import Call, in_order, timed
from antiphon.daemon.messages import Timed
from antiphon.daemon.session.midiclock import PULSES_A_BEAT
from antiphon.daemon.smf import Bar, Note, Score, Span, merge, notes, pedal_spans

EARLY_S: Final = 0.05
"""A note so little before a bar line belongs to the bar that comes."""


def in_turns(score: Score, count: int, turns: int) -> Call:
    """What is played of a score in turn with another, `count` bars each, `turns` times at most.

    The player begins on the bar line, without an upbeat, and has let go at a bar line.
    """
    messages = merge(score.parts)
    found: list[Timed] = [(0.0, midi.START)]
    begins_s = 0.0
    for bars, played in islice(_stretches(score.bars, notes(messages), count), turns):
        span = Span(bars[0].start_s, bars[-1].end_s)
        own = timed(played, pedal_spans(messages), span)
        found += [(begins_s + time_s, data) for time_s, data in own]
        # The machine's bars are as long as the player's.
        for bar in [*bars, *[bars[-1]] * (count - len(bars))] * 2:
            found += _pulses(bar, begins_s)
            begins_s += bar.end_s - bar.start_s
    return Call((*in_order(found), (begins_s, midi.STOP)), rest_s=0.0)


def _stretches(
    bars: Sequence[Bar], played: Sequence[Note], count: int
) -> Iterator[tuple[Sequence[Bar], Sequence[Note]]]:
    """At most `count` bars at a time without a gap between, where there is something in them."""
    first = 0
    for last, bar in enumerate(bars, start=1):
        goes_on = last < len(bars) and bars[last].start_s == bar.end_s
        if goes_on and last - first < count:
            continue
        inside = _within(played, Span(bars[first].start_s, bar.end_s))
        if inside:
            yield bars[first:last], inside
        first = last


def _within(played: Sequence[Note], span: Span) -> list[Note]:
    """The notes that begin within a span, not heard outside it."""
    begun = [note for note in played if span.start_s <= note.start_s + EARLY_S < span.end_s]
    within = [
        replace(note, start_s=max(note.start_s, span.start_s), end_s=min(note.end_s, span.end_s))
        for note in begun
    ]
    return [note for note in within if note.start_s < note.end_s]


def _pulses(bar: Bar, begins_s: float) -> list[Timed]:
    count = bar.beats * PULSES_A_BEAT
    length_s = bar.end_s - bar.start_s
    return [(begins_s + length_s * pulse / count, midi.CLOCK) for pulse in range(count)]
