"""Checkpoints: the whole state of a run. A crash or a full disk destroys none."""

import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from antiphon.model import conditions, events
from antiphon.model.errors import ModelError
from antiphon.model.network import Network, Shape
from antiphon.model.settings import Settings

FORMAT = 1
VOCABULARY = [events.WHO_GIVEN, events.STEPS, events.KINDS, events.TOUCHES, conditions.SIZE]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come."""

    step: int = 0
    events: int = 0
    stage: int = 0
    stage_start: int = 0
    length: int = 0
    batch: int = 0
    performed_repeat: float = 0.0
    decay: tuple[int, int] | None = None


def stage_of(progress: Progress, settings: Settings) -> Progress:
    """Where a run of these settings stands: another plan of windows begins a new stage."""
    plan = (settings.length, settings.batch, settings.performed_repeat)
    if progress.length and plan != (progress.length, progress.batch, progress.performed_repeat):
        progress = replace(progress, stage=progress.stage + 1, stage_start=progress.step)
    length, batch, performed_repeat = plan
    return replace(progress, length=length, batch=batch, performed_repeat=performed_repeat)


def save(
    path: Path, network: Network, workers: list[torch.optim.Optimizer], progress: Progress
) -> None:
    """Write beside, sync, rename: the old checkpoint stays until the new one is whole.

    Raises ModelError where there is no room or no right to write.
    """
    content = {
        "format": FORMAT,
        "vocabulary": VOCABULARY,
        "shape": asdict(network.shape),
        "network": network.state_dict(),
        "workers": [worker.state_dict() for worker in workers],
        "progress": asdict(progress),
    }
    beside = path.with_suffix(".new")
    try:
        with beside.open("wb") as file:
            torch.save(content, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    # torch reports a full disk as a RuntimeError.
    except (OSError, RuntimeError) as error:
        beside.unlink(missing_ok=True)
        raise ModelError(
            f"{path}: cannot be written ({error}); what was there before is untouched"
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: no such checkpoint; antiphon model train makes one") from error
    except Exception as error:
        raise ModelError(f"{path}: not a readable checkpoint ({error})") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ModelError(f"{path}: not a checkpoint of this program")
    if content["vocabulary"] != VOCABULARY:
        raise ModelError(
            f"{path}: made for vocabulary {content['vocabulary']}, this version has {VOCABULARY}; "
            "train anew or use the version that made it"
        )
    return content


def resume(path: Path, network: Network, workers: list[torch.optim.Optimizer]) -> Progress:
    """Load a run's state into its network and optimisers.

    A checkpoint of weights alone leaves the optimisers as they are.
    """
    content = _read(path)
    if Shape(**content["shape"]) != network.shape:
        raise ModelError(f"{path}: has shape {content['shape']}; pass the same or another --out")
    _fill(network, content["network"], path)
    if content["workers"]:
        for worker, state in zip(workers, content["workers"], strict=True):
            worker.load_state_dict(state)
    progress = dict(content["progress"])
    progress["decay"] = tuple(progress["decay"]) if progress["decay"] else None
    return Progress(**progress)


def _fill(network: Network, weights: dict[str, Any], path: Path) -> None:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise ModelError(f"{path}: holds the weights of another kind of network") from error


def network_of(path: Path, build: Callable[[Shape], Network] = Network) -> tuple[Network, Progress]:
    """The network of a checkpoint, ready to use, and how far its run had come.

    ``build`` makes the kind of network that was trained; ModelError where it was another.
    """
    content = _read(path)
    network = build(Shape(**content["shape"]))
    _fill(network, content["network"], path)
    return network.eval(), Progress(**content["progress"])
