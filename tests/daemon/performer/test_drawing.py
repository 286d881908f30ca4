import math
from dataclasses import replace

import numpy as np

from antiphon.daemon.controls import Controls
from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.drawing import LINGERS_S, NEVER, go_along, query
from antiphon.daemon.performer.harmony import Key
from antiphon.daemon.performer.modes import IN_TURN
from antiphon.daemon.performer.query import Query
from antiphon.model.events import MACHINE, NOTE_OFF, PEDAL_DOWN, PEDAL_UP, Event, step_of


def draft_with(*events: Event) -> Draft:
    draft = Draft(IN_TURN, 0, 10.0, 10.0, math.inf, 0, Hands())
    for event in events:
        draft.add(event)
    return draft


def asked(draft: Draft, player: Hands | None = None, now: float = 0.0) -> Query:
    noise = np.zeros(4, np.float32)
    return query(draft, Controls(), player or Hands(), None, now, noise)


def test_a_reply_begins_with_a_note_inside_the_allowed_keys() -> None:
    allowed = np.flatnonzero(asked(draft_with()).kind > NEVER / 2)
    assert allowed.tolist() == list(range(21, 109))


def test_only_held_keys_end_and_only_free_ones_begin() -> None:
    kind = asked(draft_with(Event(MACHINE, 0, 60, 16)), Hands({64})).kind
    assert kind[60] == NEVER
    assert kind[64] == NEVER
    assert kind[NOTE_OFF + 60] == 0.0
    assert kind[NOTE_OFF + 64] == NEVER
    assert kind[PEDAL_DOWN] == 0.0
    assert kind[PEDAL_UP] == NEVER


def test_a_key_held_overlong_is_let_go_the_likelier() -> None:
    struck = Event(MACHINE, 0, 60, 16)
    wait = step_of(LINGERS_S / 2)
    later = [Event(MACHINE, wait, kind, 16) for kind in (62, 64, 65, 67)]
    biases = [
        float(asked(draft_with(struck, *later[:count])).kind[NOTE_OFF + 60])
        for count in range(len(later) + 1)
    ]
    assert biases[:2] == [0.0, 0.0]
    assert biases[3] < biases[4]
    young = asked(draft_with(struck, *later)).kind[NOTE_OFF + 67]
    assert young == 0.0


def test_nothing_is_drawn_into_the_past() -> None:
    steps = np.flatnonzero(asked(draft_with(), now=11.0).who_step[MACHINE] > NEVER / 2)
    assert steps[0] >= step_of(1.0)


def ending_on(key: int, tonality: Key | None, length_s: float) -> Query:
    """How what follows is asked for after a second that ended on a key."""
    struck = [Event(MACHINE, step_of(0.25), each, 16) for each in (62, 65, 69, key)]
    draft = replace(draft_with(*struck), length_s=length_s)
    return query(draft, Controls(), Hands(), tonality, 0.0, np.zeros(4, np.float32))


def test_a_reply_that_looks_for_its_end_comes_home_and_rests_there() -> None:
    home = Key(0, minor=False, fit=1.0)
    middle, end = ending_on(71, home, 9.0), ending_on(71, home, 1.0)
    assert not middle.kind[:NOTE_OFF].max() > 0.0
    assert end.kind[60] > end.kind[61] == 0.0
    longer = [
        float(asked_.who_step[MACHINE, step_of(2.0)])
        for asked_ in (middle, ending_on(71, None, 1.0), end, ending_on(72, home, 1.0))
    ]
    assert longer[0] == 0.0 < longer[1] == longer[2] < longer[3]


def test_beside_a_chord_of_the_players_its_notes_come_the_likelier() -> None:
    together = draft_with()
    free, beside = asked(together), asked(together)
    go_along(free, together.hands, Hands({60, 62}), 1.0)
    go_along(beside, together.hands, Hands({60, 64, 67}), 1.0)
    gained = beside.kind[:NOTE_OFF] - free.kind[:NOTE_OFF]
    assert {key % 12 for key in np.flatnonzero(gained > 0).tolist()} == {0, 4, 7}
    assert (beside.kind[NOTE_OFF:] == free.kind[NOTE_OFF:]).all()
