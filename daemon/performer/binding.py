"""What goes into a run of the model and comes out of it: allocated once, bound once.

Knows ONNX Runtime and the graph's names; what is in the KV buffers is its users' business.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antiphon.daemon.errors import AntiphonError
from antiphon.daemon.performer.modelfile import Facts
from antiphon.daemon.performer.providers import Provider
from antiphon.daemon.performer.query import Answer, Floats, Query
from antiphon.daemon.performer.sight import NEVER, window_of
from antiphon.model import conditions, events
from antiphon.model.events import Event

HOST_INPUTS = frozenset({"total"})
"""Inputs that the kernels read on the host, wherever they run."""

PAGE = 4096
LIMITS = ("step_limit", "kind_limit", "touch_limit")

_NO_GRAPH = -1
"""ONNX Runtime's number for a run that is not to be captured."""


def _run_options(graph: int | None) -> Any:
    if graph is None:
        return None
    import onnxruntime

    options = onnxruntime.RunOptions()
    options.add_run_config_entry("gpu_graph_id", str(graph))
    return options


def _from_a_page(shape: tuple[int, ...], kind: type[np.floating[Any]]) -> NDArray[Any]:
    """Zeros that begin with a page of memory: kernels read from anywhere else a tenth slower."""
    size = math.prod(shape) * np.dtype(kind).itemsize
    memory = np.zeros(size + PAGE, np.uint8)
    ahead = -memory.ctypes.data % PAGE
    return memory[ahead : ahead + size].view(kind).reshape(shape)


class Binding:
    """Buffers for ``batch`` sequences of up to ``capacity`` events, and the run that uses them.

    A step takes in ``width`` events of each sequence, and draws one after each of them; any other
    number of events is taken in at once, and one is drawn after the last.

    On a CPU the arrays here are the very memory that the kernels work on; on another device they
    are copied there and back. With a ``graph`` number, a session that captures does so with single
    steps: the same kernels on the same addresses, started at once.
    """

    def __init__(
        self,
        session: Any,
        facts: Facts,
        provider: Provider,
        batch: int,
        capacity: int,
        path: Path,
        *,
        width: int = 1,
        graph: int | None = None,
        tells_all: bool = False,
    ) -> None:
        import onnxruntime

        self._session = session
        self._facts = facts
        self._provider = provider
        self._path = path
        self._wrapped = onnxruntime.OrtValue.ortvalue_from_numpy
        self._real = np.float16 if facts.half else np.float32
        self._width = width
        self._shape = (batch, facts.kv_heads, capacity, facts.head_width)
        # One head more than there are, so that what is shown from further on ends in the buffer.
        spare = (batch * facts.kv_heads + 1, capacity, facts.head_width)
        self._rows = _from_a_page((len(facts.caches), *spare), self._real)
        self._caches = [self._wrapped(rows, provider.value, 0) for rows in self._rows]
        draws = batch * width
        self._inputs: dict[str, NDArray[Any]] = {
            "events": np.zeros((batch, width, 4), np.int64),
            "condition": np.zeros(
                (batch, width, conditions.SIZE)
                if facts.takes_moments
                else (batch, conditions.STEADY_SIZE),
                np.float32,
            ),
            "position": np.zeros((batch, width), np.int64),
            "asked": np.arange(draws),
            "last": np.zeros(batch, np.int32),
            "total": np.zeros((), np.int32),
            "noise": np.zeros((draws, 4), np.float32),
            "temperature": np.ones(3, np.float32),
            "step_limit": np.ones(events.STEPS, np.float32),
            "kind_limit": np.ones(events.KINDS, np.float32),
            "touch_limit": np.ones(events.TOUCHES, np.float32),
            "who_step_mask": np.zeros((draws, events.WHO, events.STEPS), np.float32),
            "kind_mask": np.zeros((draws, events.KINDS), np.float32),
            "touch_mask": np.zeros((draws, events.TOUCHES), np.float32),
        }
        told: dict[str, tuple[int, ...]] = {"who_step": (events.WHO, events.STEPS)}
        if tells_all:
            told |= {"kind": (events.KINDS,), "touch": (events.TOUCHES,)}
        self._told = list(told)
        self._outputs: dict[str, NDArray[Any]] = {
            "event": np.zeros((draws, 4), np.int64),
            "cost": np.zeros((draws, 3), np.float32),
            **{name: np.zeros((draws, *size), np.float32) for name, size in told.items()},
        }
        self._one, self._many = session.io_binding(), session.io_binding()
        self._values = {name: self._placed(name, x) for name, x in self._inputs.items()}
        self._results = {name: self._placed(name, x) for name, x in self._outputs.items()}
        for binding in (self._one, self._many):
            for name, value in self._values.items():
                binding.bind_ortvalue_input(name, value)
            for name, value in self._results.items():
                binding.bind_ortvalue_output(name, value)
        self._limits: object = None
        # Read from further back, this leaves out more rows before those that are attended to.
        self._mask: Any = None
        if not facts.half:
            both = np.repeat(np.array([NEVER, 0], np.float32), capacity)
            self._mask = self._placed("attended", both)
            self._mask_middle = self._mask.data_ptr() + capacity * np.dtype(np.float32).itemsize
        # What the host tells the kernels must not change once they are captured.
        self._fixed_total = None if graph is None else capacity
        self._how_one, self._how_many = (
            _run_options(number) for number in ((graph, _NO_GRAPH) if graph else (None, None))
        )
        self.shown = 0
        """How many rows the last run worked on."""
        self.first = -1
        self.show(0)

    def _placed(self, name: str, array: NDArray[Any]) -> Any:
        device = "cpu" if name in HOST_INPUTS else self._provider.value
        return self._wrapped(array, device, 0)

    def show(self, first: int) -> None:
        """Give the kernels the KV buffers from row ``first`` on."""
        if first == self.first:
            return
        self.first = first
        ahead = first * self._facts.head_width * np.dtype(self._real).itemsize
        for name, cache in zip(self._facts.caches, self._caches, strict=True):
            place = (self._provider.value, 0, self._real, self._shape, cache.data_ptr() + ahead)
            for binding in (self._one, self._many):
                binding.bind_input(name, *place)
                binding.bind_output(f"new_{name}", *place)

    def tell(self, condition: Floats) -> None:
        """Set the condition vector, (conditions.SIZE,), for all that follows.

        What it says of single moments is set with each run. The first model's is shorter.
        """
        told = self._inputs["condition"]
        told[:] = condition[: told.shape[-1]]

    def read(self, index: int) -> NDArray[Any]:
        """KV buffer number ``index``, (B, G, C, E); to be given to `write` when it was changed."""
        if self._provider is not Provider.CPU:
            self._rows[index][:] = self._caches[index].numpy()
        content: NDArray[Any] = self._rows[index][:-1].reshape(self._shape)
        return content

    def write(self, index: int) -> None:
        """Have the kernels see what was changed in what `read` returned."""
        if self._provider is not Provider.CPU:
            self._caches[index].update_inplace(self._rows[index])

    def run(
        self,
        new: Sequence[Sequence[Event]],
        rows: int,
        place: int,
        queries: Sequence[Query],
        attended: Floats | None = None,
        moments: Floats | None = None,
    ) -> list[Answer]:
        """Take in new events, as many for each sequence, and draw the next ones.

        They go behind the first ``rows`` rows shown; ``place`` is the first one's position, by
        which keys are turned. In a step of several events ``attended`` (T, rows + T) is 0 where one
        attends, and all have the same place; otherwise each attends to the window that it ends.
        ``moments`` (events, size of `conditions.MOMENTS`) tells of each event by itself, one
        sequence after the other; a model that takes none is told nothing. Temperatures, nucleus and
        top are those of the first query. Raises AntiphonError where the run fails or makes no
        numbers.
        """
        inputs = self._inputs
        count = len(new[0])
        total = self.shown = rows + count
        single = count == self._width
        inputs["last"][:] = total - 1
        inputs["total"][()] = (
            total if not single or self._fixed_total is None else self._fixed_total
        )
        self._ask(queries)
        tokens = [[(e.who, e.step, e.kind, e.touch) for e in one] for one in new]
        binding, how = (self._one, self._how_one) if single else (self._many, self._how_many)
        if single:
            inputs["events"][:] = tokens
            inputs["position"][:] = place
            if self._facts.takes_moments:
                told = inputs["condition"].reshape(-1, conditions.SIZE)
                told[:, conditions.MOMENTS] = 0.0 if moments is None else moments
        else:
            places = np.arange(place, place + count, dtype=np.int64)
            for name, value in (
                ("events", np.array(tokens, np.int64)),
                ("position", np.tile(places, (len(new), 1))),
                ("asked", np.array([count - 1])),
            ):
                binding.bind_ortvalue_input(name, self._placed(name, value))
            if self._facts.takes_moments:
                told = np.repeat(inputs["condition"][:, :1], count, axis=1)
                told[..., conditions.MOMENTS] = 0.0 if moments is None else moments
                binding.bind_ortvalue_input("condition", self._placed("condition", told))
        if self._mask is not None:
            self._attend(binding, count, total, attended)
        self._send()
        try:
            self._session.run_with_iobinding(binding, how)
        except Exception as error:
            # ONNX Runtime raises many kinds, with a page of text.
            reason = str(error).strip().splitlines()[0]
            raise AntiphonError(
                f"{self._path}: a step failed on {self._provider.value} ({reason})"
            ) from error
        return self._fetched()

    def _ask(self, queries: Sequence[Query]) -> None:
        inputs, first = self._inputs, queries[0]
        inputs["temperature"][:] = first.temperature
        limits = (first.nucleus, first.top)
        if limits != self._limits:
            self._limits = limits
            for name, share, top in zip(LIMITS, *limits, strict=True):
                inputs[name][:top] = share
                inputs[name][top:] = -1
        for row, query in enumerate(queries):
            inputs["noise"][row] = query.noise
            inputs["who_step_mask"][row] = query.who_step
            inputs["kind_mask"][row] = query.kind
            inputs["touch_mask"][row] = query.touch

    def _attend(self, binding: Any, count: int, total: int, attended: Floats | None) -> None:
        window = self._facts.window
        if count == 1 and attended is None:
            left_out = max(0, total - window) * np.dtype(np.float32).itemsize
            place = (self._provider.value, 0, np.float32, (1, 1, 1, total))
            binding.bind_input("attended", *place, self._mask_middle - left_out)
            return
        told = window_of(count, total, window) if attended is None else attended
        value = self._placed("attended", told.reshape(1, 1, count, total))
        binding.bind_ortvalue_input("attended", value)

    def _send(self) -> None:
        if self._provider is Provider.CPU:
            return
        for name, value in self._values.items():
            if name not in HOST_INPUTS:
                value.update_inplace(self._inputs[name])

    def _fetched(self) -> list[Answer]:
        outputs = self._outputs
        if self._provider is not Provider.CPU:
            outputs = {name: value.numpy() for name, value in self._results.items()}
        answers = []
        for row, (event, cost) in enumerate(
            zip(outputs["event"].tolist(), outputs["cost"].tolist(), strict=True)
        ):
            if not math.isfinite(sum(cost)):
                raise AntiphonError(f"{self._path}: its weights give no numbers; export it anew")
            told = [outputs[name][row].copy() for name in self._told]
            answers.append(Answer(Event(*event), tuple(cost), *told))
        return answers
