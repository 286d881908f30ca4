"""`antiphon bench`: how fast this machine is at what matters while playing.

Measures and prints; nothing is judged here. The daemon that is measured is a real `antiphon run` on
a private JACK server.
"""

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from antiphon.daemon.bench import (
    contest,
    endurance,
    handles,
    jackd,
    jitter,
    onset,
    peers,
    profile,
    promptness,
    rig,
    steps,
    thru,
)
from antiphon.daemon.bench.figures import plain, spread, table
from antiphon.daemon.bench.processes import processor_s, resident_mb
from antiphon.daemon.clock import Clock, MonotonicClock
from antiphon.daemon.config import PROVIDERS
from antiphon.daemon.controls import MODES
from antiphon.daemon.demo import player, programme
from antiphon.daemon.demo.live import LiveHall
from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.loading import load, shipped_model
from antiphon.daemon.performer.providers import Provider

IDLE_S: Final = 10.0
USUAL_PERIOD: Final = 256
"""JACK calls each port's client once a period: what a period costs shows in idle use."""
CALLS: Final = 2
THRU_MODES: Final = ("silent", "reply", "together", "harmonise")

Figures = dict[str, Any]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `antiphon bench`."""
    parser.add_argument("--json", action="store_true", help="print as JSON")
    parser.add_argument("--model", default="", metavar="PATH", help="an exported model")
    parser.add_argument("--provider", choices=PROVIDERS, default="auto", help="where it runs")
    parser.add_argument("--threads", type=int, default=1, help="processor threads for the model")
    parser.add_argument(
        "--after", type=int, default=0, metavar="EVENTS", help="also steps after so many events"
    )
    parser.add_argument("--profile", action="store_true", help="only a step, operator by operator")
    parser.add_argument(
        "--peers",
        action="store_true",
        help="only a step on one core, beside the same by other means",
    )
    parser.add_argument(
        "--handles", action="store_true", help="only how soon keys and knobs act; what panels cost"
    )
    parser.add_argument(
        "--thru",
        action="store_true",
        help="only whether all that is played arrives, beside a bare loop, on eight servers",
    )
    parser.add_argument(
        "--mode", choices=(*MODES, "all"), default="silent", help="of the machine, for --thru"
    )
    parser.add_argument(
        "--messages", type=int, default=thru.MESSAGES, metavar="N", help="to be played, for --thru"
    )


def main(args: argparse.Namespace) -> int:
    """Measure and print; raises AntiphonError for a model that cannot be used."""
    if args.handles:
        found = handles.figures(MonotonicClock(), _say)
        sys.stdout.write(_as_json(found) if args.json else handles.as_text(found))
        return 0
    if args.thru:
        if not jackd.available():
            raise AntiphonError("no jackd here: apt install jackd2")
        modes = THRU_MODES if args.mode == "all" else (args.mode,)
        runs = thru.figures(modes, args.messages, MonotonicClock(), _say)
        sys.stdout.write(_as_json({"thru": runs}) if args.json else thru.as_text(runs))
        return 0
    if args.peers:
        found = peers.compare(Path(args.model) if args.model else shipped_model(), _say)
        sys.stdout.write(_as_json(found) if args.json else contest.as_text(found))
        return 0
    clock = MonotonicClock()
    loaded = load(args.model, args.provider, args.threads)
    engine = loaded.engine
    if args.profile:
        found = profile.figures(engine.path, engine.provider, args.threads, peers.CONTEXT, clock)
        sys.stdout.write(_as_json(found) if args.json else profile.as_text(found))
        return 0
    _say("steps of the model ...")
    figures: Figures = {
        "model": engine.path.name,
        "provider": engine.provider.value,
        "model_ready_s": loaded.load_s,
        **on_engine(engine.path, engine.provider, args.threads, clock),
    }
    if args.after:
        _say(f"steps after {args.after} events ...")
        old, fresh = (OnnxEngine(engine.path, engine.provider, args.threads) for _ in range(2))
        figures |= {"after": endurance.figures(old, fresh, args.after, clock)}
    if jackd.available():
        with jackd.private_server(), tempfile.TemporaryDirectory(prefix="antiphon-") as folder:
            figures |= on_jack(Path(folder), engine, clock)
            figures["key_to_sound_ms"] = heard_at(jackd.PERIOD_FRAMES, Path(folder))
        with jackd.private_server(USUAL_PERIOD), tempfile.TemporaryDirectory() as folder:
            idle_shares = idle_at(USUAL_PERIOD, Path(folder), engine, clock)
            figures["idle_share"][str(USUAL_PERIOD)] = idle_shares
            figures["key_to_sound_ms"] |= heard_at(USUAL_PERIOD, Path(folder))
            _say("lateness beside busy programs ...")
            figures["jitter_ms"] = jitter.alone_and_loaded(clock)
    else:
        _say("no jackd here: thru, lateness, start-up, memory and idle use are left out")
    sys.stdout.write(_as_json(figures) if args.json else as_text(figures))
    return 0


def on_engine(path: Path, provider: Provider, threads: int, clock: Clock) -> Figures:
    """What can be measured of the model alone; each figure is that of a fresh engine."""
    figures: Figures = {"step_ms": {}, "step_processor_ms": {}}
    for context in steps.CONTEXTS:
        spread, processor_ms = steps.behind(OnnxEngine(path, provider, threads), context, clock)
        figures["step_ms"][str(context)] = plain(spread)
        figures["step_processor_ms"][str(context)] = processor_ms
    batches = steps.side_by_side(OnnxEngine(path, provider, threads), clock)
    figures["batch_ms"] = {str(n): plain(spread) for n, (spread, _) in batches.items()}
    figures["batch_times_one"] = {str(n): times for n, (_, times) in batches.items()}
    spread = steps.prefill(OnnxEngine(path, provider, threads), clock)
    return figures | {"prefill_ms": {str(steps.PREFILL): plain(spread)}}


def on_jack(folder: Path, engine: OnnxEngine, clock: Clock) -> Figures:
    """What can be measured of a running daemon alone, with the model and provider of `engine`."""
    options = ["--model", str(engine.path), "--provider", engine.provider.value]
    _say("start-up ...")
    began = clock.now()
    with rig.running(folder, *options) as daemon:
        daemon.wait_ready()
        figures: Figures = {"start_up_s": clock.now() - began}
        _say("thru ...")
        status = daemon.status()
        processes = {
            "session": daemon.process.pid,
            "thru": status["thru_process"]["process"],
            "performer": status["performer_process"],
        }
        with thru.bare_loop() as bare:
            both = thru.measured(thru.notes(thru.FEW), clock)
            for name, found in zip(("thru_ms", "bare_loop_ms"), both, strict=True):
                figures[name] = plain(spread(1e3 * delay_s for delay_s in found.delays_s))
            figures["callback_ms"] = daemon.status()["thru_process"]["callback"]
            shares = idle({**processes, "bare loop": bare}, clock)
        figures["idle_share"] = {str(jackd.PERIOD_FRAMES): shares}
        _say("lateness, by a short jam ...")
        jam(daemon, clock)
        lateness = daemon.status()["lateness"]
        figures["lateness_ms"] = {key.removesuffix("_ms"): lateness[key] for key in lateness}
        _say("voices, first notes of replies, bars by a clock ...")
        figures["promptness"] = promptness.measured(daemon, clock)
        figures["resident_mb"] = {name: resident_mb(pid) for name, pid in processes.items()}
    return figures


def idle_at(
    period_frames: int, folder: Path, engine: OnnxEngine, clock: Clock
) -> dict[str, float | None]:
    """What a daemon uses while nobody plays, on the server that runs with that period."""
    _say(f"idle at {period_frames} frames ...")
    with rig.running(folder, "--model", str(engine.path)) as daemon, thru.bare_loop() as bare:
        daemon.wait_ready()
        status = daemon.status()
        processes = {
            "session": daemon.process.pid,
            "thru": status["thru_process"]["process"],
            "performer": status["performer_process"],
        }
        return idle({**processes, "bare loop": bare}, clock)


def heard_at(period_frames: int, folder: Path) -> dict[str, dict[str, float]]:
    """Milliseconds from a key to the built-in sound, by period; empty where there is no sound."""
    _say(f"key to sound at {period_frames} frames ...")
    try:
        return {str(period_frames): plain(onset.measured(folder))}
    except AntiphonError as error:
        _say(f"left out: {error}")
        return {}


def idle(processes: Mapping[str, int], clock: Clock) -> dict[str, float | None]:
    """Share of one processor that each process uses while nobody plays; None if not told."""
    began, before = clock.now(), {name: processor_s(pid) for name, pid in processes.items()}
    threading.Event().wait(IDLE_S)
    took_s = clock.now() - began
    shares: dict[str, float | None] = {}
    for name, pid in processes.items():
        first, last = before[name], processor_s(pid)
        shares[name] = None if first is None or last is None else (last - first) / took_s
    return shares


def jam(daemon: rig.Running, clock: Clock) -> None:
    """Two calls with their replies, so that something was scheduled and sent."""
    with rig.Keyboard() as keys, rig.Ears(clock=clock) as ears:
        hall = LiveHall(keys, ears, daemon.status, clock)
        for call in programme.load_calls(programme.DEFAULT_PHRASE)[:CALLS]:
            player.perform(call, hall)
            player.await_reply(hall)


def as_text(figures: Figures) -> str:
    """The figures as a table."""
    rows = [
        ("model", f"{figures['model']} on {figures['provider']}"),
        ("model ready", f"{figures['model_ready_s']:.2f} s"),
    ]
    spreads = [(f"step behind {length} events", s) for length, s in figures["step_ms"].items()]
    for count, s in figures["batch_ms"].items():
        times = figures["batch_times_one"][count]
        spreads.append((f"{count} side by side ({times:.2f} times one)", s))
    spreads += [(f"{length} events at once", s) for length, s in figures["prefill_ms"].items()]
    for name, key in (("thru", "thru_ms"), ("bare loop", "bare_loop_ms")):
        spreads += [(name, figures[key])] if key in figures else []
    if "callback_ms" in figures:
        callback = figures["callback_ms"]
        values = f"{callback['p99_ms']:.2f} / {callback['max_ms']:.2f} ms (p99 / most)"
        rows.append(("in the callback", f"{values}, {callback['missed']} too long"))
    sounds = figures.get("key_to_sound_ms", {})
    spreads += [(f"key to sound at {period} frames", s) for period, s in sounds.items()]
    for name, s in spreads:
        values = " / ".join(f"{s[part]:.2f}" for part in ("p50", "p95", "p99", "most"))
        rows.append((name, f"{values} ms (p50 / p95 / p99 / most)"))
    worked = " / ".join(f"{ms:.2f}" for ms in figures["step_processor_ms"].values())
    behind = " / ".join(figures["step_processor_ms"])
    rows.append(("processor time a step", f"{worked} ms (behind {behind} events)"))
    if "after" in figures:
        rows.append((f"step after {figures['after']['events']} events", _late(figures["after"])))
    if "lateness_ms" in figures:
        late = figures["lateness_ms"]
        values = f"{late['p50']:.2f} / {late['p99']:.2f} / {late['max']:.2f} ms (p50 / p99 / most)"
        rows.append(("lateness", f"{values} of {late['count']}"))
        rows += promptness.rows(figures["promptness"])
        rows += jitter.rows(figures["jitter_ms"])
        rows.append(("start to ready", f"{figures['start_up_s']:.2f} s"))
        rows.append(("memory", _both(figures["resident_mb"], "{:.0f} MB")))
        rows += [
            (f"idle at {period} frames", _both(shares, "{:.2%}"))
            for period, shares in figures["idle_share"].items()
        ]
    return table(rows)


def _late(found: Figures) -> str:
    ratio = found["times_first_thousand"]
    return (
        f"{found['step_ms']['p50']:.2f} / {found['step_ms']['p99']:.2f} ms (p50 / p99), "
        f"{contest.words(ratio)} that of the first thousand; "
        + _both({"memory grew by": found["grown_mb"]}, "{:.1f} MB")
    )


def _both(values: Mapping[str, float | None], form: str) -> str:
    shown = (
        f"{name} {'not told here' if value is None else form.format(value)}"
        for name, value in values.items()
    )
    return ", ".join(shown)


def _as_json(figures: Figures) -> str:
    return json.dumps(figures, indent=2) + "\n"


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
