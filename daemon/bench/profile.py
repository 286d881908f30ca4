"""Where a step's time goes, by ONNX Runtime's own profiler: operator by operator.

The profiler counts in whole microseconds and is no small part of what it measures, so its figures
say which operators weigh and not what they weigh. What a step really takes is measured without it,
behind a few events and behind a full window: the difference is the attention's.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antiphon.daemon.bench import steps
from antiphon.daemon.bench.figures import percentile, table
from antiphon.daemon.clock import Clock
from antiphon.daemon.performer.engine import OnnxEngine
from antiphon.daemon.performer.providers import Provider

FEW: Final = 8
_KERNEL: Final = "_kernel_time"


@dataclass(frozen=True, slots=True)
class Operator:
    """All nodes of one kind: how many a step runs, and the medians of their times together."""

    name: str
    nodes: int
    us: float


def figures(path: Path, provider: Provider, threads: int, context: int, clock: Clock) -> Any:
    """Each operator's share of a step behind ``context`` events, and the step without profiler."""
    few, full = (
        steps.behind(OnnxEngine(path, provider, threads), length, clock)[0].p50 * 1e3
        for length in (FEW, context)
    )
    with tempfile.TemporaryDirectory(prefix="antiphon-") as folder:
        engine = OnnxEngine(path, provider, threads, trace=Path(folder) / "trace")
        traced = steps.behind(engine, context, clock)[0].p50 * 1e3
        events = json.loads(engine.end_trace().read_text(encoding="utf-8"))
    return {
        "context": context,
        "step_us": full,
        "step_behind_few_us": few,
        "step_while_profiled_us": traced,
        "operators": [
            {"name": one.name, "nodes": one.nodes, "us": one.us} for one in operators(events)
        ],
    }


def operators(events: Iterable[Mapping[str, Any]]) -> list[Operator]:
    """Operators of a profile, the heaviest first.

    ``events`` are those of the profiler's file. A node's time is the median of its runs.
    """
    runs: dict[tuple[str, str], list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith(_KERNEL):
            runs[event["args"]["op_name"], event["name"]].append(event["dur"])
    medians: dict[str, list[float]] = defaultdict(list)
    for (operator, _), times_us in runs.items():
        medians[operator].append(percentile(sorted(times_us), 0.5))
    found = [Operator(name, len(us), sum(us)) for name, us in medians.items()]
    return sorted(found, key=lambda one: (-one.us, one.name))


def as_text(found: Mapping[str, Any]) -> str:
    """The figures as a table."""
    total = sum(one["us"] for one in found["operators"])
    rows = [
        ("step", f"{found['step_us']:.0f} µs behind {found['context']} events"),
        ("the same", f"{found['step_behind_few_us']:.0f} µs behind {FEW}"),
        ("while profiled", f"{found['step_while_profiled_us']:.0f} µs, of which in nodes:"),
    ]
    rows += [
        (one["name"], f"{one['us']:5.0f} µs {one['us'] / total:4.0%}, {one['nodes']} nodes")
        for one in found["operators"]
    ]
    return table(rows)
