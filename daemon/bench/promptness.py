"""How promptly a running daemon plays: voices after a key, first notes of replies, bars by a clock.

Voices and bars are heard from outside, so that two periods of the JACK server are in their figures;
first notes are as the journal of a jam has them, between the daemon's own ports.
"""

import random
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from antiphon.daemon import midi
from antiphon.daemon.bench import rig
from antiphon.daemon.bench.figures import plain, spread
from antiphon.daemon.clock import Clock
from antiphon.daemon.messages import Timed
from antiphon.daemon.session import journal

KEYS: Final = 200
"""So many keys are harmonised."""
TURNS: Final = 30
ENTRIES: Final = 15

OWN_CHANNEL: Final = 2
"""The machine's, as the user counts, so that its notes are told from those passed on."""
CALL: Final = (60, 64, 67, 72, 71, 67)
NOTE_S: Final = 0.2
PATIENCE_S: Final = 3.0
REST_S: Final = 0.5

TEMPO_BPM: Final = 120.0
JITTER_S: Final = 0.002
BEATS_A_BAR: Final = 2
PULSE_S: Final = 60.0 / TEMPO_BPM / 24
BAR_S: Final = 60.0 / TEMPO_BPM * BEATS_A_BAR

_PAUSE = threading.Event()


def measured(daemon: rig.Running, clock: Clock) -> dict[str, dict[str, float]]:
    """Milliseconds: of voices behind their keys, of first notes and of bars off their times.

    Voices are told from the moment when a key was struck, and from when it was heard passed on.
    """
    daemon.set(channel=str(OWN_CHANNEL), eagerness="1", mode="harmonise")
    with rig.Keyboard(name="keys") as keys, rig.Ears(name="ears", clock=clock) as ears:
        _wait(REST_S)
        count = len(ears.sent)
        struck_s = harmonise(keys, clock)
        # What was played so far is not looked at in the journal.
        _recorded(daemon)
        voices_ms, behind_ms = behind_keys(struck_s, ears.sent[count:])
        daemon.set(mode="reply")
        call(keys, ears)
        first_notes_ms = late_first_notes(_recorded(daemon))
        daemon.set(mode="trade", sync="midi", trade_bars="1", beats_a_bar=str(BEATS_A_BAR))
        bars_ms = trade(keys, ears, clock)
    found = {
        "voices_ms": voices_ms,
        "voices_behind_ms": behind_ms,
        "first_notes_ms": first_notes_ms,
        "bars_ms": bars_ms,
    }
    return {name: plain(spread(times_ms)) for name, times_ms in found.items()}


def _recorded(daemon: rig.Running) -> Iterator[dict[str, Any]]:
    """The journal since the last look: a recording is ended, and another begun."""
    folder = Path(daemon.status()["recording"])
    _wait(REST_S)
    daemon.ask(do="record", on=False)
    daemon.ask(do="record", on=True)
    return journal.read(folder)


def harmonise(keys: rig.Keyboard, clock: Clock) -> list[float]:
    """Play keys one after the other; when each was struck."""
    uneven = random.Random(1)  # noqa: S311 - nothing secret
    struck_s = []
    for _ in range(KEYS):
        key = uneven.randrange(48, 80)
        struck_s.append(clock.now())
        keys.feed(midi.note_on(0, key, 70))
        _wait(uneven.uniform(0.08, 0.16))
        keys.feed(midi.note_off(0, key))
        _wait(uneven.uniform(0.03, 0.08))
    return struck_s


def call(keys: rig.Keyboard, ears: rig.Ears) -> None:
    """Play calls, each as soon as the reply to the one before has begun."""
    for turn in range(TURNS):
        for key in CALL:
            keys.feed(midi.note_on(0, key + turn % 12, 70))
            _wait(NOTE_S)
            keys.feed(midi.note_off(0, key + turn % 12))
        heard = len(ears.sent)
        ears.wait_for(partial(_has_begun, heard), PATIENCE_S)


def _has_begun(before: int, sent: Sequence[Timed]) -> bool:
    return bool(_own_onsets(sent[before:]))


def behind_keys(
    struck_s: Iterable[float], sent: Iterable[Timed]
) -> tuple[list[float], list[float]]:
    """Milliseconds to each of the voices that was heard: from its key's strike, and its key's own.

    ``sent`` is all that was heard, each key passed on before its voices.
    """
    strikes_s = iter(struck_s)
    from_strike, from_own = list[float](), list[float]()
    strike_s = own_s = 0.0
    for time, data in sent:
        if not midi.is_note_on(data):
            continue
        if midi.channel(data) == OWN_CHANNEL - 1:
            from_strike.append((time - strike_s) * 1e3)
            from_own.append((time - own_s) * 1e3)
        else:
            strike_s, own_s = next(strikes_s), time
    return from_strike, from_own


def late_first_notes(entries: Iterable[Mapping[str, Any]]) -> list[float]:
    """How many milliseconds late the first note of each plan was sent."""
    found: dict[int, float] = {}
    for entry in entries:
        if entry["is"] == "Sent" and midi.is_note_on(bytes.fromhex(entry["data"])):
            found.setdefault(entry["plan"], (entry["time"] - entry["planned"]) * 1e3)
    return list(found.values())


def trade(keys: rig.Keyboard, ears: rig.Ears, clock: Clock) -> list[float]:
    """How far from its bar line each of the machine's bars begins, by a clock that jitters."""
    count, pulses = len(ears.sent), round(2 * ENTRIES * BAR_S / PULSE_S)
    uneven = random.Random(1)  # noqa: S311 - nothing secret
    start_s = clock.now() + 0.2
    keys.feed(midi.START)
    for pulse in range(pulses):
        beat, part = divmod(pulse, 24)
        due_s = start_s + pulse * PULSE_S + uneven.uniform(-JITTER_S, JITTER_S)
        _wait(due_s - clock.now())
        keys.feed(midi.CLOCK)
        # A note in the middle of each beat of the player's bars.
        if beat // BEATS_A_BAR % 2 == 0 and part in (6, 18):
            key = 60 + beat % 12
            keys.feed(midi.note_on(0, key, 70) if part == 6 else midi.note_off(0, key))
    keys.feed(midi.STOP)
    onsets = _own_onsets(ears.sent[count:])
    lines_s = [start_s + (2 * n + 1) * BAR_S for n in range(ENTRIES)]
    return [abs(off_s) * 1e3 for off_s in firsts(onsets, lines_s, BAR_S / 2)]


def firsts(times: Sequence[float], lines: Sequence[float], within: float) -> list[float]:
    """How far off each line the first of the ascending times is that lies within so much of it."""
    near = ([time - line for time in times if abs(time - line) <= within] for line in lines)
    return [offs[0] for offs in near if offs]


def rows(found: Mapping[str, Mapping[str, float]]) -> list[tuple[str, str]]:
    """What `measured` found, in words."""
    names = {
        "voices_ms": "key to added voices, port to port",
        "voices_behind_ms": "added voices behind their key",
        "first_notes_ms": "first notes sent late by",
        "bars_ms": f"bars off a clock of ±{JITTER_S * 1e3:g} ms by",
    }
    return [
        (name, f"{found[key]['p50']:.2f} / {found[key]['p99']:.2f} ms (p50 / p99)")
        for key, name in names.items()
    ]


def _own_onsets(sent: Sequence[Timed]) -> list[float]:
    on = 0x90 | (OWN_CHANNEL - 1)
    return [time for time, data in sent if data[0] == on and midi.is_note_on(data)]


def _wait(seconds: float) -> None:
    if seconds > 0:
        _PAUSE.wait(seconds)
