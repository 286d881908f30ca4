"""What shapes a training run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """All that shapes a run; times in steps, sizes in events unless said otherwise."""

    corpus: str = "runs/corpus"
    seed: int = 1
    length: int = 256
    batch: int = 32
    steps: int = 1_000_000
    warmup: int = 100
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    clip: float = 1.0
    save_every: int = 100
    validate_every: int = 250
    validation_windows: int = 96
    sample_every: int = 1000
    threads: int = 2
    device: str = "auto"
    """``cpu``, ``cuda``, or ``auto``: the GPU where there is one."""
    micro_batch: int = 0
    """Rows that a process computes at a time, 0 for all: on a CPU a few rows stay in its cache."""
    performed_repeat: float = 1.5
    """How often a pass plays what people really performed."""
