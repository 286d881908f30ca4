"""``antiphon evaluate turns``: how soon and how wrongly turns are taken on recorded performances.

Where phrases end is found with the future in view (``phrases``); the rules hear the performances
event by event (``replays``) and are judged (``judging``): fixed silences, as others use them, the
rule of the pace alone, and the adaptive rule of ``readiness`` over its whole range.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from antiphon.daemon.config import ReplySettings
from antiphon.daemon.performer import readiness
from antiphon.daemon.performer.engine import Engine, OnnxEngine
from antiphon.daemon.performer.foresight import (
    Foresight,
    read_foresight,
    shipped_foresight,
)
from antiphon.daemon.performer.loading import shipped_model
from antiphon.daemon.performer.turns import Limits
from antiphon.export import judging, replays
from antiphon.export.judging import Foreseen, Performance, Rule, Verdict
from antiphon.model import corpus, progress
from antiphon.model.corpus import Corpus
from antiphon.model.errors import ModelError

FIXED_S = (0.25, 0.6, 1.0, 2.0)
"""Silences that other systems wait for."""

EAGERNESS = (0.0, 0.25, 0.5, 0.75, 1.0)

SHIPPED = ReplySettings()

FINELY = tuple(np.linspace(0.0, 1.0, 49).round(3).tolist())
"""The points of the adaptive rule's curve."""

Verdicts = dict[str, dict[str, Verdict]]
"""By family of rules and name."""

Progress = Callable[[Iterable[Any]], Iterable[Any]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("folder", type=Path, help="MIDI files, with or without a MANIFEST.tsv")
    parser.add_argument("--model", type=Path, help="an exported model (default: the shipped one)")
    parser.add_argument("--pieces", type=int, default=48, help="at most so many pieces")
    parser.add_argument("--events", type=int, default=1000, help="so many events of each")
    parser.add_argument("--seed", type=int, default=0, help="which pieces and passages are drawn")
    parser.add_argument("--floor", type=float, default=SHIPPED.turn_floor_s, help="in seconds")
    parser.add_argument("--ceiling", type=float, default=SHIPPED.turn_ceiling_s, help="in seconds")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    learn = parser.add_mutually_exclusive_group()
    learn.add_argument(
        "--fit",
        action="store_true",
        help="first train the adaptive rule's network on the training pieces; needs PyTorch",
    )
    learn.add_argument(
        "--folds",
        type=int,
        default=0,
        help="judge on the training pieces, each by a network that learnt from the other folds",
    )
    parser.add_argument("--out", type=Path, default=Path("runs/turns.npz"), help="what is trained")
    parser.add_argument("--steps", type=int, default=3000, help="train for so many steps")


def main(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if args.pieces < 1 or args.events < 50 or args.folds < 0 or args.folds == 1:
        raise ModelError("give --pieces of 1 or more, --events of 50 or more, --folds of 2 or more")
    model = args.model or shipped_model()

    def opened() -> Engine:
        return OnnxEngine(model)

    def hear(split: str) -> list[Performance]:
        packed = performed(args.folder, split, args.pieces, args.seed)
        return heard(opened, packed, args.events, args.seed, progress.shown)

    try:
        performances, foreseen = _prepared(args, hear)
        found = figures(performances, foreseen, Limits(args.floor, args.ceiling))
    except ValueError as error:
        raise ModelError(f"{args.folder}: {error}") from error
    if args.json:
        sys.stdout.write(json.dumps({"model": str(model), **found}) + "\n")
        return 0
    sys.stdout.write("".join(f"{line}\n" for line in table(found)))
    return 0


def _prepared(
    args: argparse.Namespace, hear: Callable[[str], list[Performance]]
) -> tuple[list[Performance], Foreseen]:
    """What is judged, and what is foreseen in it, once what is to be learnt has been."""
    if not args.fit and not args.folds:
        return hear("valid"), _by(shipped_foresight())
    from antiphon.export import foreseeing

    lessons = hear("train")
    if args.folds:
        return lessons, foreseeing.across(lessons, args.folds, args.steps, args.seed)
    foreseeing.write(args.out, foreseeing.train(lessons, args.steps, args.seed))
    return hear("valid"), _by(read_foresight(args.out))


def _by(foresight: Foresight) -> Foreseen:
    return cache(lambda known: foresight.chances(known.features))


def performed(folder: Path, split: str, count: int, seed: int) -> Corpus:
    """At most ``count`` pieces of a split that people played; of a folder without manifest any.

    Raises ModelError where there are none.
    """
    rows = [row for row in corpus.manifest_rows(folder) if row["is_performance"] == "1"]
    if (folder / corpus.MANIFEST).exists():
        rows = [
            row
            for row in rows
            if row["split"] == split and row["dataset"] not in corpus.SEQUENCED_DATASETS
        ]
    if not rows:
        raise ModelError(f"{folder}: no performance of split {split}")
    order = np.random.default_rng(seed).permutation(len(rows))[:count]
    packed, _ = corpus.gather(folder, [rows[index] for index in order.tolist()])
    return packed


def heard(
    opened: Callable[[], Engine], packed: Corpus, events: int, seed: int, progress: Progress = iter
) -> list[Performance]:
    """A passage of each piece, played to a fresh engine."""
    result = []
    for piece in progress(packed.pieces):
        notes, pedals = replays.passage(packed, piece, events, seed)
        pauses = replays.pauses(opened(), notes, pedals)
        if pauses:
            seconds = pauses[-1].place.until_s - pauses[0].place.onset_s
            result.append(Performance(piece.dataset, seconds, tuple(pauses)))
    return result


def figures(
    performances: Sequence[Performance], foreseen: Foreseen, limits: Limits
) -> dict[str, Any]:
    """The verdicts on every rule; raises ValueError where no phrase ends."""

    def adaptive(eagerness: float) -> Rule:
        return judging.adaptive(foreseen, readiness.patience_s(eagerness), limits)

    rules: dict[str, dict[str, Rule]] = {
        "fixed silence": {f"{s} s": judging.fixed(s) for s in FIXED_S},
        "pace alone": {f"eagerness {e}": judging.by_pace(e, limits) for e in EAGERNESS},
        "adaptive": {f"eagerness {e}": adaptive(e) for e in FINELY},
    }
    verdicts = {
        family: {name: judging.judge(rule, performances) for name, rule in members.items()}
        for family, members in rules.items()
    }
    ends = [pause.place.end for performance in performances for pause in performance.pauses]
    return {
        "minutes": sum(performance.seconds for performance in performances) / 60.0,
        "ends": {kind: ends.count(kind) for kind in ("rest", "hold", "section")},
        "rules": {
            family: {name: asdict(verdict) for name, verdict in members.items()}
            for family, members in verdicts.items()
        },
        "at the same false entries": _compared(verdicts, by="false_per_minute"),
        "at the same sure ones": _compared(verdicts, by="sure_per_minute"),
    }


def _compared(verdicts: Verdicts, by: str) -> dict[str, dict[str, float]]:
    """The adaptive rule beside each fixed silence whose rate of false entries it reaches."""
    curve = list(verdicts["adaptive"].values())
    rates = [getattr(verdict, by) for verdict in curve]
    return {
        name: same_rate(verdict, curve, by)
        for name, verdict in verdicts["fixed silence"].items()
        if min(rates) <= getattr(verdict, by) <= max(rates)
    }


def same_rate(verdict: Verdict, curve: Sequence[Verdict], by: str) -> dict[str, float]:
    """The adaptive rule's mean delay where it enters wrongly as often, as a share of the rule's.

    ``by`` names the rate of a verdict. Between measured points of the curve by straight lines;
    beyond its ends there is nothing to say.
    """
    best_s: dict[float, float] = {}
    for point in curve:
        rate = getattr(point, by)
        best_s[rate] = min(point.delay_mean_s, best_s.get(rate, np.inf))
    rates = sorted(best_s)
    delays_s = [best_s[rate] for rate in rates]
    delay_s = float(np.interp(getattr(verdict, by), rates, delays_s))
    return {"delay_mean_s": delay_s, "share": delay_s / max(verdict.delay_mean_s, 1e-9)}


def table(found: dict[str, Any]) -> Iterator[str]:
    """The figures as lines of text."""
    ends = ", ".join(f"{count} {kind}s" for kind, count in found["ends"].items())
    yield f"{found['minutes']:.1f} minutes, phrases end in {ends}"
    columns = ("false/min", "sure/min", "broken", "median s", "mean s", "p90 s")
    yield f"{'':<38}" + "".join(f"{column:>10}" for column in columns)
    for family, members in found["rules"].items():
        for name, row in members.items():
            shares = (row["false_per_minute"], row["sure_per_minute"], row["broken"])
            delays_s = (row["delay_median_s"], row["delay_mean_s"], row["delay_p90_s"])
            yield f"{f'{family} {name}':<38}" + "".join(
                [f"{share:>10.3f}" for share in shares]
                + [f"{late_s:>10.2f}" for late_s in delays_s]
            )
    for wrong, key in (("wrong", "false entries"), ("surely wrong", "sure ones")):
        for name, row in found[f"at the same {key}"].items():
            late = f"{row['delay_mean_s']:.2f} s, {row['share']:.0%} of its delay"
            yield f"as often {wrong} as {name}: {late}"
