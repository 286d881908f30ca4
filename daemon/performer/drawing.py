"""What may be drawn next: masks and biases on the model's distribution, from the controls. Pure."""

from collections.abc import Callable

import numpy as np

from antiphon.daemon.controls import Controls
from antiphon.daemon.performer.bearing import lean
from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.harmony import Key, chord_of
from antiphon.daemon.performer.partner import Partner
from antiphon.daemon.performer.query import Floats, Query
from antiphon.model import events
from antiphon.model.events import MACHINE, NOTE_OFF, PEDAL_DOWN, PEDAL_UP

NEVER = np.float32(-1e9)
LONGEST_GAP_S = 2.0

LINGERS_S = 2.0
RELEASE_PER_S = 3.0
"""A key held longer than ``LINGERS_S`` is let go the likelier, by so many nats a second."""

TO_REST = 4.0
"""What a rest gains, in nats, when a draft has to end."""

HOME, AT_HOME = np.float32(2.5), 4.0
"""What notes of the tonic's triad gain then, and a rest after one of them, in nats."""

SHYNESS, SOFTLY = 2.0, 6.0
"""What it costs to play, and to play as loud as can be, in nats, where there is next to no room."""

IN_CHORD = np.float32(0.5)
"""What a note of the player's chord gains beside them, in nats."""

_CLASSES = np.arange(NOTE_OFF) % 12
_LOUDNESS = np.linspace(0.0, 1.0, events.TOUCHES, dtype=np.float32)

FOREIGN = {"off": np.float32(0.0), "soft": np.float32(-2.5), "hard": NEVER}
"""What a note outside the key costs, in nats, by scale lock."""


Asking = Callable[[Draft, Floats], Query]
"""How the next event of a draft is asked for, given its noise (4,)."""


def asking(
    controls: Controls,
    player: Hands,
    key: Key | None,
    now: float,
    partner: Partner,
) -> Asking:
    """`query` for any draft of this moment, leaning as the partner would have it."""
    wanted = partner.asked(controls)

    def ask(draft: Draft, noise: Floats) -> Query:
        asked = query(draft, controls, player, key, now, noise)
        asked.kind[:] += partner.leaning(draft.line, controls)
        lean(asked, draft.bearing, wanted, controls)
        return asked

    return ask


def query(
    draft: Draft, controls: Controls, player: Hands, key: Key | None, now: float, noise: Floats
) -> Query:
    """How the next event of a draft is to be drawn."""
    kind = note_mask(controls, draft.hands.keys | player.keys, key)
    if draft.late or len(draft.hands.keys) >= controls.polyphony:
        kind[:NOTE_OFF] = NEVER
    if not draft.is_due_on_the_downbeat and (draft.events or draft.hands.keys):
        for held, since_s in draft.held_since().items():
            overlong_s = max(0.0, draft.end_s - since_s - LINGERS_S)
            kind[NOTE_OFF + held] = RELEASE_PER_S * overlong_s
        if draft.hands.pedal:
            kind[PEDAL_UP] = 0.0
        elif not draft.late:
            kind[PEDAL_DOWN] = 0.0
    asked = drawn_by(controls, noise, _when(draft, now), kind)
    soften(asked, draft.boldness)
    if draft.closing:
        _come_to_an_end(asked, draft, key)
    return asked


def _come_to_an_end(query: Query, draft: Draft, key: Key | None) -> None:
    """Go home, in a key, and rest; rather there than elsewhere."""
    home = np.isin(_CLASSES, list(key.triad if key else ()))
    query.kind[:NOTE_OFF] += HOME * np.float32(draft.closing) * home
    is_home = bool(draft.line.struck) and bool(home[draft.line.struck[-1]])
    rest = (TO_REST + AT_HOME * is_home) * draft.closing
    query.who_step[MACHINE, events.step_of(draft.rest_s) :] += np.float32(rest)


def go_along(query: Query, hands: Hands, player: Hands, room: float) -> None:
    """Play beside a player: in the room that they leave, and rather in the chord that they hold."""
    make_room(query, hands, room)
    if (chord := chord_of(player.keys)) is not None:
        query.kind[:NOTE_OFF] += IN_CHORD * np.isin(_CLASSES, list(chord.tones))


def make_room(query: Query, hands: Hands, room: float) -> None:
    """Begin fewer and softer notes where the player leaves a share ``room`` of it, none at 0."""
    if room >= 1.0:
        return
    soften(query, room)
    if room > 0.0:
        query.who_step[MACHINE] += np.float32(SHYNESS * (room - 1.0))
        return
    query.kind[:NOTE_OFF] = NEVER
    if not hands.keys and not hands.pedal:
        query.who_step[MACHINE] = NEVER


def soften(query: Query, room: float) -> None:
    """Play the softer, the smaller a share ``room`` is."""
    query.touch[:] -= SOFTLY * (1.0 - room) * _LOUDNESS


def drawn_by(controls: Controls, noise: Floats, who_step: Floats, kind: Floats) -> Query:
    """A query with the temperatures and the nucleus of the controls."""
    return Query(
        noise=noise,
        who_step=who_step,
        kind=kind,
        temperature=(
            controls.temperature_time,
            controls.temperature_notes,
            controls.temperature_touch,
        ),
        nucleus=(controls.top_p, controls.top_p, controls.top_p),
    )


def note_mask(controls: Controls, sounding: set[int], key: Key | None) -> Floats:
    """The kind mask (258,) that lets begin what the controls allow and does not sound yet."""
    kind = np.full(events.KINDS, NEVER)
    kind[controls.lowest_key : controls.highest_key + 1] = 0.0
    if key is not None:
        scale = key.scale
        foreign = [note for note in range(events.KEYS) if note % 12 not in scale]
        kind[foreign] += FOREIGN[controls.scale_lock]
    kind[list(sounding)] = NEVER
    return kind


def only_now() -> Floats:
    """The who-and-step mask (2, 199) for an event of the machine's at the very same time."""
    who_step = np.full((events.WHO, events.STEPS), NEVER)
    who_step[MACHINE, 0] = 0.0
    return who_step


def _when(draft: Draft, now: float) -> Floats:
    """The who-and-step mask (2, 199): nothing in the past, nothing before its time."""
    who_step = np.full((events.WHO, events.STEPS), NEVER)
    # A reply's own notes are drawn ahead of time; only its first can be too early.
    opening_s = now if draft.events else max(now, draft.earliest_s)
    first = events.first_step_at_or_after(opening_s - draft.end_s)
    last = events.step_of(LONGEST_GAP_S) if draft.events else events.STEPS - 1
    if draft.is_due_on_the_downbeat:
        last = first
    for part in draft.manner.parts:
        who_step[part, first : max(first, last) + 1] = 0.0
    return who_step
