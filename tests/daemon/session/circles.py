"""What random circles come to, and who is taken for one.

``python -m tests.daemon.session.circles``: too long for a test; `docs/promises.md` quotes it.
"""

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

import mido

from antiphon.daemon import midi
from tests.daemon.session.circle import TOUCHES, Rig, strikes

RANGES = {
    "to 45 ms": (0.0, 0.045),
    "to 150": (0.045, 0.15),
    "to 1 s": (0.15, 1.0),
    "4": (1.0, 4.0),
    "10": (4.0, 10.0),
}
"""Delays, in seconds."""


def circle(dice: random.Random) -> tuple[str, bool]:
    """Play into a random one: of what sort it is, and whether it ends in a minute or 60 rounds."""
    reach, touch = dice.choice(list(RANGES)), dice.choice(list(TOUCHES))
    rig = Rig(
        dice.uniform(*RANGES[reach]),
        dice.choice([0, 0, 0, 1, -12, 24]),
        dice.choice([None, None, 3]),
        thru=dice.random() < 0.7,
        answers=dice.random() < 0.5,
        swallows=dice.random() < 0.6,
        touch=touch,
        late_s=dice.choice([0.0, 0.0, 0.003]),
        seed=dice.randrange(1000),
    )
    keys = dice.choice([1, 3, 12, 40])
    for _ in range(dice.choice([1, 3, 20])):
        rig.note(50 + dice.randrange(keys), dice.randint(40, 90), dice.uniform(0.03, 0.6))
        rig.wait(dice.uniform(0.0, 0.4))
    rig.wait(60.0 * max(1.0, rig.delay_s))
    before = len(rig.output.sent)
    rig.wait(15.0 + 2.0 * rig.delay_s)
    ends = len(rig.output.sent) == before and not rig.sounding()
    swallowing = "swallows ends" if rig.swallows else "passes ends"
    return f"{reach:9} {swallowing:14} velocities {touch}", ends


def sequencer(dice: random.Random) -> tuple[int, bool]:
    """Play a pattern over and over into none: how many notes, and whether all were heard."""
    rig = Rig(closed=False, thru=dice.random() < 0.7, answers=dice.random() < 0.4)
    grid_s = dice.choice([0.03, 0.05, 0.0625, 0.08, 0.1, 0.125, 0.2, 0.25, 0.5])
    jitter_s = dice.choice([0.0, 0.0, 0.001, 0.004, 0.01])
    scale = dice.choice([[60], [60, 62], [60, 64, 67], list(range(48, 72))])
    velocity, rises = dice.choice([None, 80]), dice.choice([0, 0, 0, 1])
    pattern = [
        (
            dice.sample(scale, min(len(scale), dice.choice([1, 1, 2, 3]))),
            velocity or dice.randint(40, 110),
            grid_s * dice.choice([1, 1, 1, 2]),
            dice.choice([0.1, 0.5, 0.9, 1.0]),
        )
        for _ in range(dice.choice([1, 2, 4, 8, 16]))
    ]
    notes = 0
    for turn in range(max(2, 300 // len(pattern))):
        for chord, loud, step_s, gate in pattern:
            keys = [key + rises * (turn % 12) for key in chord]
            notes += len(keys)
            for key in keys:
                rig.play(midi.note_on(0, key, loud))
            rig.wait(max(0.0, step_s * gate + dice.uniform(-jitter_s, jitter_s)))
            for key in keys:
                rig.play(midi.note_off(0, key))
            rig.wait(max(0.0, step_s * (1 - gate) + dice.uniform(-jitter_s, jitter_s)))
    rig.wait(1.0)
    is_taken = any("ignored" in told for told in rig.troubles)
    return notes, strikes(rig.heard) == notes and not is_taken


def performance(path: Path) -> tuple[float, Counter[bytes], Counter[bytes]]:
    """Play a recording into no circle: its seconds, what came in, and what went out."""
    rig, played, began_s = Rig(closed=False), Counter[bytes](), 0.0
    start_s = rig.clock.now()
    for message in mido.MidiFile(path):
        began_s += message.time
        if message.type in ("note_on", "note_off", "control_change"):
            rig.wait(max(0.0, start_s + began_s - rig.clock.now()))
            data = bytes(message.bytes())
            rig.play(data)
            played[data] += 1
    rig.wait(1.0)
    return began_s, played, Counter(rig.output.sent)


def of_circles(count: int, dice: random.Random) -> str:
    """How many go round for ever, and of what sort they are."""
    tried, round_on = Counter[str](), Counter[str]()
    for _ in range(count):
        sort, ends = circle(dice)
        tried[sort] += 1
        round_on[sort] += not ends
    sorts = (
        f"\n  {sort}: {found} of {tried[sort]}" for sort, found in sorted(round_on.items()) if found
    )
    return f"{round_on.total()} of {count} circles go round for ever" + "".join(sorts)


def of_sequencers(count: int, dice: random.Random) -> str:
    """How many were heard whole."""
    results = [sequencer(dice) for _ in range(count)]
    whole, notes = sum(heard for _, heard in results), sum(played for played, _ in results)
    return f"{whole} of {count} sequencers were heard whole, {notes} notes"


def of_performances(paths: list[Path]) -> str:
    """What did not go out as it came in, and what went out besides."""
    results = [performance(path) for path in paths]
    hours = sum(length_s for length_s, _, _ in results) / 3600
    messages = sum(played.total() for _, played, _ in results)
    changed = sum((played - sent).total() for _, played, sent in results)
    added = sum((sent - played).total() for _, played, sent in results)
    return (
        f"of {messages} messages in {hours:.1f} hours of performances {changed} were changed or "
        f"kept back; {added} were added"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--circles", type=int, default=1000)
    parser.add_argument("--sequencers", type=int, default=400)
    parser.add_argument("--performances", type=Path, nargs="*", default=[], help="MIDI files")
    args = parser.parse_args()
    dice = random.Random(args.seed)  # noqa: S311 (no secret)
    sys.stdout.write(of_circles(args.circles, dice) + "\n")
    sys.stdout.write(of_sequencers(args.sequencers, dice) + "\n")
    sys.stdout.write(of_performances(args.performances) + "\n")


if __name__ == "__main__":
    main()
