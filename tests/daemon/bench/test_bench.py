import argparse
from pathlib import Path
from types import SimpleNamespace

import pytest

from antiphon.daemon.bench import command as bench
from antiphon.daemon.bench import steps
from antiphon.daemon.bench.command import as_text
from antiphon.daemon.bench.figures import spread, table

SPREAD = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "most": 4.0}
JITTER = {
    "p50_ms": 0.1,
    "p99_ms": 0.2,
    "max_ms": 7.0,
    "count": 9,
    "histogram": {"0.2": 8, "1": 0, "more": 1},
}
ENGINE = {
    "model": "m.onnx",
    "provider": "cpu",
    "model_ready_s": 0.25,
    "step_ms": {"32": SPREAD},
    "step_processor_ms": {"32": 0.5, "64": 0.75},
    "batch_ms": {"1": SPREAD, "4": SPREAD},
    "batch_times_one": {"1": 1.0, "4": 1.75},
    "prefill_ms": {"256": SPREAD},
}


def test_the_table_of_what_could_be_measured() -> None:
    parts = "1.00 / 2.00 / 3.00 / 4.00 ms (p50 / p95 / p99 / most)"
    assert as_text(ENGINE) == table(
        [
            ("model", "m.onnx on cpu"),
            ("model ready", "0.25 s"),
            ("step behind 32 events", parts),
            ("1 side by side (1.00 times one)", parts),
            ("4 side by side (1.75 times one)", parts),
            ("256 events at once", parts),
            ("processor time a step", "0.50 / 0.75 ms (behind 32 / 64 events)"),
        ]
    )


def test_the_table_of_everything() -> None:
    everything = ENGINE | {
        "after": {
            "events": 1000,
            "step_ms": SPREAD,
            "times_first_thousand": {"p50": 1.01, "p05": 0.9, "p95": 1.1},
            "grown_mb": 0.04,
        },
        "thru_ms": SPREAD,
        "bare_loop_ms": SPREAD,
        "lateness_ms": {"p50": 0.1, "p99": 0.2, "max": 0.3, "count": 9},
        "promptness": dict.fromkeys(
            ("voices_ms", "voices_behind_ms", "first_notes_ms", "bars_ms"), SPREAD
        ),
        "jitter_ms": {"0": JITTER, "1": JITTER},
        "start_up_s": 1.5,
        "resident_mb": {"midi": 30.0, "performer": None},
        "idle_share": {"64": {"midi": 0.001, "performer": 0.0}, "256": {"midi": 0.0}},
    }
    lines = as_text(everything).splitlines()
    assert len(lines) == 21
    assert lines[-12] == (
        f"{'step after 1000 events':<{len('key to added voices, port to port')}}  "
        "1.00 / 3.00 ms (p50 / p99), 1.01 (0.90 to 1.10) times that of the "
        "first thousand; memory grew by 0.0 MB"
    )
    assert lines[-5].endswith("0.10 / 0.20 / 7.00 ms; 8 to 0.2 ms, 1 later")
    assert lines[-3].endswith("midi 30 MB, performer not told here")
    assert lines[-2].split("  ")[0] == "idle at 64 frames"
    assert lines[-2].endswith("midi 0.10%, performer 0.00%")
    assert lines[-1].endswith("midi 0.00%")


def test_without_jack_the_rest_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = SimpleNamespace(path=Path("m.onnx"), provider=SimpleNamespace(value="cpu"))
    monkeypatch.setattr(bench, "load", lambda *_: SimpleNamespace(engine=engine, load_s=0.2))
    monkeypatch.setattr(bench, "OnnxEngine", lambda *_: engine)
    monkeypatch.setattr(steps, "behind", lambda *_: (spread([1.0]), 0.5))
    monkeypatch.setattr(steps, "side_by_side", lambda *_: {1: (spread([1.0]), 1.0)})
    monkeypatch.setattr(steps, "prefill", lambda *_: spread([1.0]))
    monkeypatch.setattr("antiphon.daemon.bench.jackd.available", lambda: False)
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    assert bench.main(parser.parse_args([])) == 0
    told = capsys.readouterr()
    assert "step behind 512 events" in told.out
    assert "no jackd here" in told.err
