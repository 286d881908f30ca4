"""Where a run computes: on one CPU, one GPU, or in several processes that share each batch.

``torchrun`` starts the processes and tells each its number in the environment; without it a run is
alone. Gradients are averaged by PyTorch's DistributedDataParallel.
"""

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, distributed
from torch.nn.parallel import DistributedDataParallel

from antiphon.model.errors import ModelError
from antiphon.model.network import Network

Batch = tuple[Tensor, Tensor, Tensor]
"""Tokens, conditions and which events are real, as ``batches.collate`` makes them."""

Losses = Callable[[Tensor, Tensor], Tensor]
"""Tokens and conditions in, costs out, as in ``Network.losses``."""

SpeedUp = Callable[[Network], Network]
"""What to do with a network before it learns, such as to compile it."""

DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True, slots=True)
class Place:
    """One process of a run: its device, its number and how many there are."""

    device: torch.device
    rank: int = 0
    world: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes what the run leaves behind."""
        return self.rank == 0

    def share(self, batch: Batch) -> Batch:
        """The rows of a batch that are this process's, on its device.

        Raises ModelError if there are fewer rows than processes.
        """
        if len(batch[0]) < self.world:
            raise ModelError(f"--batch {len(batch[0])} leaves some of {self.world} processes idle")
        tokens, condition, real = (rows[self.rank :: self.world].to(self.device) for rows in batch)
        return tokens, condition, real

    def spread(self, network: Network) -> Losses:
        """The network's losses, gradients averaged over the processes where there are several."""
        if self.world == 1:
            return network
        shared: Losses = DistributedDataParallel(network)
        return shared

    def averaging(self, losses: Losses, *, last: bool) -> AbstractContextManager[None]:
        """While gradients add up: they are averaged over the processes at the last part only."""
        if last or not isinstance(losses, DistributedDataParallel):
            return nullcontext()
        alone: AbstractContextManager[None] = losses.no_sync()
        return alone

    def total(self, *values: Tensor | float) -> list[float]:
        """Each value added up over all processes."""
        sums = torch.stack([torch.as_tensor(v, device=self.device).double() for v in values])
        if self.world > 1:
            distributed.all_reduce(sums)
        result: list[float] = sums.tolist()
        return result


@contextmanager
def joined(device: str) -> Iterator[Place]:
    """The place of this process in the run, joined with the others for as long as the run lasts.

    Raises ModelError for a device that is not there.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    rank = int(os.environ.get("RANK", "0"))
    chosen = _device(device)
    if world == 1:
        yield Place(chosen)
        return
    # Its defaults keep the group that is there when it is first imported, and with it threads that
    # abort the process if they outlive the interpreter: imported before there is a group.
    importlib.import_module("torch.distributed.nn.functional")
    distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield Place(chosen, rank, world)
    finally:
        distributed.destroy_process_group()


def _device(name: str) -> torch.device:
    if name not in DEVICES:
        raise ModelError(f"--device {name} is none of {', '.join(DEVICES)}")
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise ModelError("--device cuda: PyTorch finds no NVIDIA GPU here; pass --device cpu")
    if name == "cpu" or not there:
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device
