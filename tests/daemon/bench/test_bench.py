import argparse
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from antiphon.daemon.bench import command as bench
from antiphon.daemon.bench import steps
from antiphon.daemon.bench.command import as_text, processor_s, resident_mb
from antiphon.daemon.bench.figures import spread

SPREAD = {"p50": 1.0, "p95": 2.0, "p99": 3.0, "most": 4.0}
ENGINE = {
    "model": "m.onnx",
    "provider": "cpu",
    "step_ms": {"32": SPREAD},
    "step_processor_ms": {"32": 0.5, "64": 0.75},
    "prefill_ms": {"256": SPREAD},
}


def test_the_table_of_what_could_be_measured() -> None:
    assert as_text(ENGINE) == (
        "model                  m.onnx on cpu\n"
        "step behind 32 events  1.00 / 2.00 / 3.00 / 4.00 ms (p50 / p95 / p99 / most)\n"
        "256 events at once     1.00 / 2.00 / 3.00 / 4.00 ms (p50 / p95 / p99 / most)\n"
        "processor time a step  0.50 / 0.75 ms (behind 32 / 64 events)\n"
    )


def test_the_table_of_everything() -> None:
    everything = ENGINE | {
        "thru_ms": SPREAD,
        "bare_loop_ms": SPREAD,
        "lateness_ms": {"p50": 0.1, "p99": 0.2, "max": 0.3, "count": 9},
        "start_up_s": 1.5,
        "resident_mb": {"midi": 30.0, "performer": None},
        "idle_share": {"64": {"midi": 0.001, "performer": 0.0}, "256": {"midi": 0.0}},
    }
    lines = as_text(everything).splitlines()
    assert len(lines) == 11
    assert lines[-3].endswith("midi 30 MB, performer not told here")
    assert lines[-2].split("  ")[0] == "idle at 64 frames"
    assert lines[-2].endswith("midi 0.10%, performer 0.00%")
    assert lines[-1].endswith("midi 0.00%")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells")
def test_a_process_that_is_there_is_measured() -> None:
    assert (processor_s(os.getpid()) or 0) > 0
    assert 1 < (resident_mb(os.getpid()) or 0) < 10_000


def test_a_process_that_is_gone_is_not() -> None:
    assert processor_s(-1) is None
    assert resident_mb(-1) is None


def test_without_jack_the_rest_is_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = SimpleNamespace(path=Path("m.onnx"), provider=SimpleNamespace(value="cpu"))
    monkeypatch.setattr(bench, "load", lambda *_: SimpleNamespace(engine=engine))
    monkeypatch.setattr(bench, "OnnxEngine", lambda *_: engine)
    monkeypatch.setattr(steps, "behind", lambda *_: (spread([1.0]), 0.5))
    monkeypatch.setattr(steps, "prefill", lambda *_: spread([1.0]))
    monkeypatch.setattr("antiphon.daemon.bench.jackd.available", lambda: False)
    parser = argparse.ArgumentParser()
    bench.add_arguments(parser)
    assert bench.main(parser.parse_args([])) == 0
    told = capsys.readouterr()
    assert "step behind 512 events" in told.out
    assert "no jackd here" in told.err
