"""A phrase as the calls that a player would make: where it is cut, and what each call holds.

Pure: a score goes in, calls come out. Playing them is the demo's work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from antiphon.daemon import midi
from antiphon.daemon.messages import Timed
from antiphon.daemon.smf import Note, Score, Span, merge, notes, pedal_spans

SHORTEST_S: Final = 4.0
LONGEST_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call: messages in order of time, in seconds from its beginning; every note is let go.

    After it the player listens for `rest_s`, or until the reply is over.
    """

    messages: tuple[Timed, ...]
    rest_s: float | None = None

    @property
    def length_s(self) -> float:
        """The time from its beginning to its last message."""
        return self.messages[-1][0]


def calls(score: Score) -> tuple[Call, ...]:
    """The calls of a score: cut at its markers, or at its longest rests where it has none."""
    messages = merge(score.parts)
    # A note without length could end before it begins once messages are sorted.
    played = [note for note in notes(messages) if note.end_s > note.start_s]
    if not played:
        return ()
    cuts = score.markers or rests(played)
    edges = [*(cut for cut in cuts if cut > played[0].start_s), float("inf")]
    spans = [Span(start, end) for start, end in pairwise([float("-inf"), *edges])]
    return tuple(
        Call(timed(inside, pedal_spans(messages), Span(inside[0].start_s, span.end_s)))
        for span in spans
        if (inside := [note for note in played if span.start_s <= note.start_s < span.end_s])
    )


def rests(played: Sequence[Note]) -> tuple[float, ...]:
    """Where to cut notes into calls of 4 to 10 s: before the onset after the longest rest.

    What is left at the end may be shorter or, where nothing else is possible, longer.
    """
    onsets = sorted({note.start_s for note in played})
    cuts: list[float] = []
    start_s = onsets[0]
    while onsets[-1] - start_s > LONGEST_S:
        places = [
            (later - earlier, later)
            for earlier, later in pairwise(onsets)
            if SHORTEST_S <= later - start_s <= LONGEST_S
        ]
        # A rest longer than a whole call leaves no place within reach.
        start_s = max(places)[1] if places else next(t for t in onsets if t > start_s + LONGEST_S)
        cuts.append(start_s)
    return tuple(cuts)


def timed(played: Sequence[Note], pedal: Sequence[Span], span: Span) -> tuple[Timed, ...]:
    """Notes as messages, in seconds from where the span begins, in order of time.

    The pedal is up where the last note ends, and where the span does.
    """
    messages: list[Timed] = []
    for note in played:
        on = midi.note_on(note.channel, note.key, note.velocity)
        messages.append((note.start_s - span.start_s, on))
        messages.append((note.end_s - span.start_s, midi.note_off(note.channel, note.key)))
    end_s = min(max(note.end_s for note in played), span.end_s)
    for down in pedal:
        start_s = max(down.start_s, span.start_s)
        if start_s < (up_s := min(down.end_s, end_s)):
            channel = played[0].channel
            messages.append((start_s - span.start_s, midi.sustain(channel, 127)))
            messages.append((up_s - span.start_s, midi.sustain(channel, 0)))
    return in_order(messages)


def in_order(messages: Iterable[Timed]) -> tuple[Timed, ...]:
    """By time; what ends comes before what begins at the same time."""
    return tuple(sorted(messages, key=lambda message: (message[0], midi.is_note_on(message[1]))))
