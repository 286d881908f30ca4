"""What each mode does with what was heard: when its draft begins, and in what manner. Pure.

One table: a mode is the function that begins its draft. Harmonise has none: its voices belong to
single notes (``harmonise``).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from antiphon.daemon.controls import Controls
from antiphon.daemon.performer.context import Hands
from antiphon.daemon.performer.draft import Draft
from antiphon.daemon.performer.ear import Ear
from antiphon.daemon.performer.manner import Manner
from antiphon.daemon.performer.moments import moment
from antiphon.daemon.performer.query import Answer
from antiphon.daemon.performer.readiness import turn_over_s
from antiphon.daemon.performer.trading import Trading
from antiphon.daemon.performer.turns import Limits, turn_end_s
from antiphon.model.events import MACHINE, PLAYER, STEP_S

HORIZON_S = 0.6
"""A reply is drawn and handed over this far ahead: what changes is heard soon after."""

TAKES_HORIZON_S = 1.2
"""Where the best of several takes is chosen, their beginnings are long enough to be told apart."""

WHOLE_S = 12.0
"""So much of each take is heard out, as its turn nears, before one is chosen."""

COMMIT_S = 0.03
"""Playing together, an event is committed this long before its time."""

SHORTEST_S, LONGEST_S = 1.0, 24.0
"""A reply's length, whatever the call's."""

STALE_S = 4.0
"""A call that ended so long ago, before a restart, is not answered any more."""

COMPANY_S = 6.0
"""Playing together ends when the player has been still for so long."""

LEAD_S = 0.5
"""What comes after the first note of its bars is drawn from so long before them."""

IN_TURN = Manner((MACHINE,), HORIZON_S, HORIZON_S, yields=True)
BEGINNINGS = replace(IN_TURN, ahead_s=TAKES_HORIZON_S)
CHOSEN = replace(BEGINNINGS, whole_s=WHOLE_S)
IN_BARS = Manner((MACHINE,), HORIZON_S, math.inf, yields=False)
ALONGSIDE = Manner((PLAYER, MACHINE), 0.0, COMMIT_S, yields=False, fresh=True, alone_s=COMPANY_S)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a mode looks at; times are absolute seconds."""

    now: float
    present_s: float
    base: int
    ear: Ear
    player: Hands
    machine: Hands
    controls: Controls
    limits: Limits
    trading: Trading
    channel: int


def begin(situation: Situation) -> Draft | None:
    """The draft that the mode of the moment begins, None where it has nothing to say."""
    return _BEGINNINGS[situation.controls.mode](situation)


def reconsider(draft: Draft, answer: Answer, situation: Situation) -> bool:
    """Let the turn end when the model's expectation has it, now that the player's event is in it.

    ``answer`` is of the run that took the event in. Whether what it drew holds: it was drawn as
    coming no sooner than the pace alone has the turn end, so it is a fair draw only where the turn
    ends no sooner than that and it comes no sooner than the turn's end.
    """
    ear = situation.ear
    known = moment(ear.call, situation.player, ear.tonality.key(), answer.who_step)
    ends_s = turn_over_s(known, situation.controls.eagerness, situation.limits, ear.foresight)
    opened_s, draft.earliest_s = draft.earliest_s, max(ends_s, situation.now)
    drawn_s = draft.end_s + float(STEP_S[answer.event.step])
    return opened_s <= draft.earliest_s <= drawn_s


def played(manner: Manner) -> Manner:
    """The manner of a draft once it is being handed over: what is chosen is not thought ahead."""
    return IN_TURN if manner in (BEGINNINGS, CHOSEN) else manner


def _answer(situation: Situation) -> Draft | None:
    """A reply about as long as the call."""
    length_s = situation.ear.call.length_s * situation.controls.reply_length
    return _after_turn(situation, min(max(length_s, SHORTEST_S), LONGEST_S))


def _go_on(situation: Situation) -> Draft | None:
    """A reply that lasts until the player comes in."""
    return _after_turn(situation, math.inf)


def _after_turn(situation: Situation, length_s: float) -> Draft | None:
    call, limits, now = situation.ear.call, situation.limits, situation.now
    if call.began_s is None or now - call.last_event_s > STALE_S + limits.ceiling_s:
        return None
    held = len(situation.player.keys)
    ends_s = turn_end_s(call, held, situation.controls.eagerness, limits)
    draft = _draft(situation, _deliberation(situation.controls), max(ends_s, now), length_s)
    return replace(draft, is_gentle=situation.ear.room.was_cut_off)


def _deliberation(controls: Controls) -> Manner:
    """How far a reply is thought ahead before it begins."""
    if controls.takes == 1:
        return IN_TURN
    # The beat that notes are pulled to may have moved by the time that they sound.
    return BEGINNINGS if controls.quantise else CHOSEN


def _join(situation: Situation) -> Draft | None:
    """A part beside the player's."""
    if situation.now - situation.ear.call.last_event_s > COMPANY_S:
        return None
    return _draft(situation, ALONGSIDE, situation.now, math.inf)


def _trade(situation: Situation) -> Draft | None:
    """Bars after the player's bars."""
    controls = situation.controls
    beat = situation.ear.beat(controls, situation.now)
    if beat is None:
        return None
    length = controls.trade_bars * controls.beats_a_bar
    bars = situation.trading.coming(
        beat, situation.ear.call, length, controls.beats_a_bar, situation.now
    )
    if bars is None:
        return None
    draft = _draft(situation, IN_BARS, bars.begin_s, bars.end_s - bars.begin_s)
    return replace(draft, bars=bars, waits_until_s=bars.begin_s - LEAD_S)


def _listen(_: Situation) -> Draft | None:
    return None


_BEGINNINGS: Mapping[str, Callable[[Situation], Draft | None]] = {
    "reply": _answer,
    "continue": _go_on,
    "together": _join,
    "harmonise": _listen,
    "trade": _trade,
    "silent": _listen,
}


def _draft(situation: Situation, manner: Manner, earliest_s: float, length_s: float) -> Draft:
    return Draft(
        manner=manner,
        base=situation.base,
        start_s=situation.present_s,
        earliest_s=earliest_s,
        length_s=length_s,
        channel=situation.channel,
        hands=situation.machine.copy(),
        began=situation.ear.bearing(situation.controls),
    )
